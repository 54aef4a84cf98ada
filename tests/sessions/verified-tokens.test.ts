import { authedProcedure } from "@gatehouse/server";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { postgresUnreachable } from "../support/database.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { loseNotifications, type Pair, startPair } from "../support/server-pair.ts";
import { share, shareGatehouse } from "../support/shared-gatehouse.ts";

/** An app's procedure that needs to know who calls, and nothing of the database. */
const routers = {
  roles: authedProcedure
    .meta({ openapi: { method: "GET", path: "/v1/own-roles", tags: ["Test"], summary: "The caller's roles" } })
    .input(z.void())
    .output(z.array(z.string()))
    .query(({ ctx }) => [...ctx.actor.roles]),
};

const callRoles = (server: TestGatehouse, token: string) => rest(server.url, "/v1/own-roles", { token });

/** Calls until the answer is the awaited one; a test that waits for another process has no other way to know. */
async function untilStatus(status: number, call: () => Promise<{ status: number }>): Promise<void> {
  while ((await call()).status !== status);
}

const onPostgres = shareGatehouse({ routers });
const onEmbedded = shareGatehouse({ routers, embedded: true });

test("a token is verified and its session read once, and its later calls need no query", async () => {
  const server = onEmbedded();
  const { accessToken } = await registerAccount(server.url);
  await callRoles(server, accessToken);
  const statements = vi.spyOn(server.gatehouse.deps.db.getExecutor(), "executeQuery");
  const signatures = vi.spyOn(server.gatehouse.deps.accessTokens, "verify");
  for (let call = 0; call < 5; call += 1) expect((await callRoles(server, accessToken)).status).toBe(200);
  expect(statements).not.toHaveBeenCalled();
  expect(signatures).not.toHaveBeenCalled();
});

test("a remembered token is refused once it has expired", async () => {
  const server = onPostgres();
  const { accessToken } = await registerAccount(server.url);
  expect((await callRoles(server, accessToken)).status).toBe(200);
  server.clock.advance(15 * 60);
  expect((await callRoles(server, accessToken)).body.code).toBe("ACCESS_TOKEN_INVALID");
});

test("a token that differs from a remembered one in one character is refused", async () => {
  const server = onPostgres();
  const { accessToken } = await registerAccount(server.url);
  await callRoles(server, accessToken);
  for (const position of [10, accessToken.indexOf(".") + 5, accessToken.length - 10]) {
    const other = accessToken[position] === "A" ? "B" : "A";
    const altered = accessToken.slice(0, position) + other + accessToken.slice(position + 1);
    expect((await callRoles(server, altered)).status).toBe(401);
  }
});

test.each([
  ["PostgreSQL", onPostgres],
  ["the embedded database", onEmbedded],
])("on %s, any statement that changes a user takes effect at their next call", async (_where, serverHere) => {
  const server = serverHere();
  const { db } = server.gatehouse.deps;
  const { accessToken, userId } = await registerAccount(server.url);
  expect((await callRoles(server, accessToken)).body).toEqual([]);
  await db
    .updateTable("user")
    .set({ roles: ["support"] })
    .where("public_id", "=", userId)
    .execute();
  await vi.waitFor(async () => expect((await callRoles(server, accessToken)).body).toEqual(["support"]));
  await db.updateTable("user").set({ status: "disabled" }).where("public_id", "=", userId).execute();
  await vi.waitFor(async () => expect((await callRoles(server, accessToken)).status).toBe(401));
});

test.each(["logout", "logout-all"])("after %s, a remembered token is refused at once", async (how) => {
  const server = onPostgres();
  const { accessToken } = await registerAccount(server.url);
  await callRoles(server, accessToken);
  await rest(server.url, `/v1/auth/${how}`, { method: "POST", token: accessToken });
  expect((await callRoles(server, accessToken)).body.code).toBe("ACCESS_TOKEN_INVALID");
});

test("last seen is written once a minute, however many calls are made", async () => {
  const server = onEmbedded();
  const { accessToken } = await registerAccount(server.url);
  server.clock.advance(61);
  await callRoles(server, accessToken);
  const statements = vi.spyOn(server.gatehouse.deps.db.getExecutor(), "executeQuery");
  for (let call = 0; call < 5; call += 1) await callRoles(server, accessToken);
  expect(statements).not.toHaveBeenCalled();
});

describe.skipIf(postgresUnreachable)("on several servers", () => {
  const shared = share(() => startPair({ routers }));

  async function registerOnBoth({ first, second }: Pair): Promise<Account> {
    const account = await registerAccount(first.url);
    for (const server of [first, second]) expect((await callRoles(server, account.accessToken)).status).toBe(200);
    return account;
  }

  test("a session that ended on one stops working on the other, which remembered its token", async () => {
    const pair = shared();
    const { accessToken } = await registerOnBoth(pair);
    await rest(pair.first.url, "/v1/auth/logout", { method: "POST", token: accessToken });
    await untilStatus(401, () => callRoles(pair.second, accessToken));
  });

  test.each([
    ["disabled", `update "user" set status = 'disabled'`],
    ["deleted", `update "user" set deleted_at = now()`],
  ])("a user who is %s, by any statement, is signed out on both", async (_how, statement) => {
    const pair = shared();
    const { accessToken, userId } = await registerOnBoth(pair);
    await pair.database.query(`${statement} where public_id = $1`, [userId]);
    for (const server of [pair.first, pair.second]) await untilStatus(401, () => callRoles(server, accessToken));
  });

  test("a new or removed role applies to existing tokens on both", async () => {
    const pair = shared();
    const { accessToken, userId } = await registerOnBoth(pair);
    const rolesOf = async (server: TestGatehouse) => (await callRoles(server, accessToken)).body.join();
    for (const [column, expected] of [
      ["{support}", "support"],
      ["{}", ""],
    ]) {
      await pair.database.query(`update "user" set roles = $2 where public_id = $1`, [userId, column]);
      for (const server of [pair.first, pair.second]) while ((await rolesOf(server)) !== expected);
    }
  });

  const listeners = `from pg_stat_activity where application_name = 'gatehouse listener' and datname = current_database()`;

  test("a session that ended while the listening connection was cut stops working on the other", async () => {
    const pair = shared();
    const accounts = await Promise.all(Array.from({ length: 5 }, () => registerOnBoth(pair)));
    for (const { accessToken } of accounts) {
      await pair.database.query(`select pg_terminate_backend(pid) ${listeners}`);
      await rest(pair.first.url, "/v1/auth/logout", { method: "POST", token: accessToken });
      await untilStatus(401, () => callRoles(pair.second, accessToken));
    }
  });

  test("a session that ended on one stops working on the other although the notification is lost", async () => {
    const pair = shared();
    const { accessToken } = await registerOnBoth(pair);
    await using _lost = await loseNotifications(pair.database);
    await rest(pair.first.url, "/v1/auth/logout", { method: "POST", token: accessToken });
    await untilStatus(401, () => callRoles(pair.second, accessToken));
  });

  test("after a cut the servers listen again, and use their memory again", async () => {
    const pair = shared();
    const { accessToken } = await registerOnBoth(pair);
    // Those that an earlier test has cut may not be back yet.
    while ((await pair.database.query(`select ${listeners}`)).length < 2);
    const cut = await pair.database.query(`select pid, pg_terminate_backend(pid) ${listeners}`);
    const pids = cut.map(({ pid }) => pid);
    while ((await pair.database.query(`select ${listeners} and pid <> all($1)`, [pids])).length < 2);
    const verify = vi.spyOn(pair.second.gatehouse.deps.accessTokens, "verify");
    let verified: number;
    do {
      verified = verify.mock.calls.length;
      expect((await callRoles(pair.second, accessToken)).status).toBe(200);
    } while (verify.mock.calls.length > verified);
    expect((await callRoles(pair.second, accessToken)).status).toBe(200);
  });
});
