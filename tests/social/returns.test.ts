import { describe, expect, test, vi } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { postgresUnreachable } from "../support/database.ts";
import { settle } from "../support/mailbox.ts";
import { patience } from "../support/patience.ts";
import { share } from "../support/shared-gatehouse.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, appAddress, errorIn, signInAt } from "../support/social/sign-in.ts";

/** Each account here has signed in by its identity before, which makes its sign-in one statement. */
describe.skipIf(postgresUnreachable)("somebody comes back from a provider with an identity that has an account", () => {
  const social = share(() => startSocial());

  const identities = async (subject: string) =>
    await social().server.database?.query(
      `select identity.public_id, identity.email, identity.last_used_at, "user".email as address,
         (select count(*)::int from session where session.user_id = "user".id) as sessions
       from identity join "user" on "user".id = identity.user_id where subject = $1`,
      [subject],
    );

  const waiting = async () =>
    await social().server.database?.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );

  test("and what the provider says now is stored with the identity", async () => {
    const { local, server } = social();
    const person = anybody();
    await signInAt(server, { local, person });
    server.clock.advance(60);
    const now = server.clock.now();
    const email = `${crypto.randomUUID()}@gmail.com`;
    await signInAt(server, { local, person: { ...person, claims: { ...person.claims, email } } });
    expect(await identities(person.sub)).toMatchObject([
      { email, address: person.email, last_used_at: now, sessions: 2 },
    ]);
    await settle(server);
  });

  test("while it is unlinked: the provider's address joins it to the account anew", async () => {
    const { local, server } = social();
    const person = anybody();
    await signInAt(server, { local, person });
    const [before] = (await identities(person.sub)) ?? [];
    const returning = await server.gatehouse.deps.db.transaction().execute(async (trx) => {
      await runSql(trx, `select from "user" where email = '${person.email}' for update`);
      const answer = signInAt(server, { local, person });
      await vi.waitFor(async () => expect(await waiting()).not.toEqual([]), patience);
      await runSql(trx, `delete from identity where subject = '${person.sub}'`);
      return { answer };
    });
    expect((await returning.answer).location).toBe(appAddress);
    const [after] = (await identities(person.sub)) ?? [];
    expect(after).toMatchObject({ address: person.email, sessions: 2 });
    expect(after?.["public_id"]).not.toBe(before?.["public_id"]);
  });

  test("while it is disabled, and gets no session", async () => {
    const { local, server } = social();
    const person = anybody();
    await signInAt(server, { local, person });
    await server.database?.query(`update "user" set status = 'disabled' where email = $1`, [person.email]);
    const { location } = await signInAt(server, { local, person });
    expect(errorIn(location)).toBe("ACCOUNT_DISABLED");
    expect(await identities(person.sub)).toMatchObject([{ sessions: 1 }]);
  });
});
