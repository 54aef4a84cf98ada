import { expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { messagesTo, receive, receiveToken, settle } from "../support/mailbox.ts";
import { type RestResponse, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { type NamedAccount, registerByUsername, withUsernames } from "../support/usernames.ts";

const server = shareGatehouse({ environment: withUsernames });

const newEmail = () => `${crypto.randomUUID()}@example.org`;

const ask = ({ url }: TestGatehouse, { accessToken: token }: NamedAccount, email: string) =>
  rest(url, "/v1/auth/email/change", { token, body: { email } });

const confirm = ({ url }: TestGatehouse, token: string, requestedBy = "me") =>
  rest(url, "/v1/auth/email/verify", { body: { token, requestedBy } });

const me = async ({ accessToken: token }: NamedAccount) => (await rest(server().url, "/v1/users/me", { token })).body;

test("a user adds an address, which is theirs once they confirm it, and recovers the account by it", async () => {
  const { url } = server();
  const ada = await registerByUsername(url);
  const email = newEmail();
  expect((await ask(server(), ada, email)).status).toBe(204);
  expect(await me(ada)).toMatchObject({ email: null });
  expect((await confirm(server(), await receiveToken(server(), email, "confirm-email-change"))).status).toBe(204);
  expect(await me(ada)).toMatchObject({ email, emailVerified: true, username: ada.username });
  await rest(url, "/v1/auth/password/forgot", { body: { email } });
  const token = await receiveToken(server(), email, "reset-password");
  const password = "another horse staple";
  expect((await rest(url, "/v1/auth/password/reset", { body: { token, password } })).status).toBe(204);
  for (const identifier of [email, ada.username]) {
    expect((await rest(url, "/v1/auth/login", { body: { identifier, password } })).status).toBe(200);
  }
});

test("nobody gets a mail about the first address but the address, and nothing undoes it", async () => {
  const ada = await registerByUsername(server().url);
  const email = newEmail();
  await ask(server(), ada, email);
  await confirm(server(), await receiveToken(server(), email, "confirm-email-change"));
  await settle(server());
  expect((await messagesTo(server(), email)).map(({ template }) => template)).toEqual(["confirm-email-change"]);
  const { db } = server().gatehouse.deps;
  const links = await runSql(db, `select from one_time_token where target = '${email}'`);
  expect(links.rows).toEqual([]);
  const events = `select personal -> 'changes' as changes from audit_event where action = 'user.email_changed' and target_id = '${ada.userId}'`;
  expect((await runSql(db, events)).rows).toEqual([{ changes: { email: { from: null, to: email } } }]);
});

test("a stranger who gets the mail says no, and the account stays without an address", async () => {
  const ada = await registerByUsername(server().url);
  const email = newEmail();
  await ask(server(), ada, email);
  const token = await receiveToken(server(), email, "confirm-email-change");
  const inspected = await rest(server().url, "/v1/auth/email/verify/inspect", { body: { token } });
  expect(inspected.body).toMatchObject({ email, purpose: "confirm_email_change" });
  expect((await confirm(server(), token, "somebody_else")).status).toBe(204);
  expect(await me(ada)).toMatchObject({ email: null, username: ada.username });
});

test("an address that another account has is told to its owner alone", async () => {
  const [ada, bob] = [await registerByUsername(server().url), await registerByUsername(server().url)];
  const email = newEmail();
  await ask(server(), ada, email);
  await confirm(server(), await receiveToken(server(), email, "confirm-email-change"));
  expect((await ask(server(), bob, email)).status).toBe(204);
  await receive(server(), email, "address-already-registered");
  expect(await me(bob)).toMatchObject({ email: null });
});

test.skipIf(postgresUnreachable)("of accounts that confirm one address at once, one has it", async () => {
  await using database = await createTestDatabase();
  await using alone = await startGatehouse({ database, environment: withUsernames });
  const email = newEmail();
  const tokens: string[] = [];
  for (let account = 0; account < 8; account++) {
    await ask(alone, await registerByUsername(alone.url), email);
    await settle(alone);
    tokens.push(await receiveToken(alone, email, "confirm-email-change"));
  }
  expect(new Set(tokens).size).toBe(8);
  const answers: readonly RestResponse[] = await Promise.all(tokens.map((token) => confirm(alone, token)));
  expect(answers.map(({ status, body }) => body?.code ?? status).toSorted()).toEqual([
    204,
    ...Array(7).fill("EMAIL_TAKEN"),
  ]);
  expect(await database.query(`select from "user" where email = '${email}'`)).toHaveLength(1);
});
