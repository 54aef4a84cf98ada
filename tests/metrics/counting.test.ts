import { describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { keepPartitions } from "../../packages/server/src/audit/chain/partitions.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { eraseDeletedAccounts } from "../../packages/server/src/user/deletion/erase.ts";
import { countDays, moveTo, readCounted, startAt } from "../support/account-days.ts";
import { registerWithRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { postgresUnreachable } from "../support/database.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { importAll } from "../support/imports.ts";
import { login } from "../support/logins.ts";
import { deleteAccount } from "../support/own-data.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { startBeside } from "../support/server-pair.ts";

const refresh = async ({ url }: TestGatehouse, refreshToken: string): Promise<Account> => {
  const { status, body } = await rest(url, "/v1/auth/refresh", { body: { refreshToken } });
  expect(status).toBe(200);
  return body.session;
};
const me = async ({ url }: TestGatehouse, { accessToken: token }: Pick<Account, "accessToken">) =>
  expect((await rest(url, "/v1/users/me", { token })).status).toBe(200);
const logIn = async ({ url }: TestGatehouse, { email: identifier, password }: Account) =>
  expect((await login(url, { identifier, password })).status).toBe(200);

const numbers = (date: string, [signUps, signIns, activeUsers]: readonly [number, number, number]) => ({
  date,
  signUps,
  signIns,
  activeUsers,
});

const rowsOf = async ({ gatehouse }: TestGatehouse, statement: string) =>
  (await runSql(gatehouse.deps.db, statement)).rows;

describe("a day counts", () => {
  test("each sign-up and sign-in, and each active account once", async () => {
    await using server = await startAt("2030-03-01T09:00:00Z");
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    await logIn(server, ada);
    await logIn(server, ada);
    await refresh(server, bob.refreshToken);
    await me(server, ada);
    await countDays(server);
    expect(await readCounted(server)).toEqual([numbers("2030-03-01", [2, 4, 2])]);
  });

  test("neither imported accounts nor those that an operator creates, nor impersonations", async () => {
    await using server = await startAt("2030-03-01T23:55:00Z");
    const { gatehouse, url } = server;
    const { accessToken: token } = await registerWithRoles(server);
    const user = await registerAccount(url);
    await importAll(gatehouse.deps.db, [{ email: "one@example.com" }, { email: "two@example.com" }]);
    expect((await rest(url, "/v1/users", { token, body: { email: "three@example.com" } })).status).toBe(201);
    const impersonation = { token, body: { reason: "Ticket 1" } };
    const { status, body } = await rest(url, `/v1/users/${user.userId}/impersonate`, impersonation);
    expect(status).toBe(200);
    moveTo(server, "2030-03-02T00:05:00Z");
    await me(server, body.session);
    await refresh(server, body.session.refreshToken);
    await countDays(server);
    expect(await readCounted(server)).toEqual([numbers("2030-03-01", [2, 2, 2])]);
  });

  test("who refreshes a session or calls with it on another day, and no API key", async () => {
    await using server = await startAt("2030-03-01T23:55:00Z");
    const { gatehouse, url } = server;
    const [ada, bob, eve] = [await registerAccount(url), await registerAccount(url), await registerAccount(url)];
    await runSql(gatehouse.deps.db, `update "user" set email_verified_at = now() where public_id = '${eve.userId}'`);
    const { secret } = await makeApiKey(url, eve);
    moveTo(server, "2030-03-02T00:00:30Z");
    await refresh(server, ada.refreshToken);
    await me(server, bob);
    await me(server, bob);
    await me(server, { accessToken: secret });
    expect((await rest(url, "/v1/users/unknown", { token: eve.accessToken })).status).toBe(403);
    await countDays(server);
    expect(await readCounted(server)).toEqual([numbers("2030-03-01", [3, 3, 3]), numbers("2030-03-02", [0, 0, 2])]);
  });

  test("who calls within the minute in which a session is not written, if a day begins in it", async () => {
    await using server = await startAt("2030-03-01T23:59:50Z");
    const ada = await registerAccount(server.url);
    await me(server, ada);
    moveTo(server, "2030-03-02T00:00:05Z");
    await me(server, ada);
    await countDays(server);
    expect((await readCounted(server)).at(-1)).toEqual(numbers("2030-03-02", [0, 0, 1]));
  });
});

describe("the numbers of past days", () => {
  test("have what happened after the last count of the day, in which a session was used again since", async () => {
    await using server = await startAt("2030-03-01T12:00:00Z");
    let ada = await registerAccount(server.url);
    await countDays(server);
    moveTo(server, "2030-03-02T23:58:00Z");
    ada = await refresh(server, ada.refreshToken);
    moveTo(server, "2030-03-03T00:02:00Z");
    await me(server, ada);
    moveTo(server, "2030-03-03T00:03:00Z");
    await countDays(server);
    expect(await readCounted(server)).toEqual([
      numbers("2030-03-01", [1, 1, 1]),
      numbers("2030-03-02", [0, 0, 1]),
      numbers("2030-03-03", [0, 0, 1]),
    ]);
  });

  test("are made up for after days without a job, and what was noted for them is deleted", async () => {
    await using server = await startAt("2030-03-01T12:00:00Z");
    let ada = await registerAccount(server.url);
    await countDays(server);
    for (const day of ["02", "03", "05"]) {
      moveTo(server, `2030-03-${day}T12:00:00Z`);
      ada = await refresh(server, ada.refreshToken);
    }
    moveTo(server, "2030-03-06T00:03:00Z");
    await expect(countDays(server, AbortSignal.abort())).rejects.toThrow();
    await countDays(server);
    const counted = [
      numbers("2030-03-01", [1, 1, 1]),
      numbers("2030-03-02", [0, 0, 1]),
      numbers("2030-03-03", [0, 0, 1]),
      numbers("2030-03-05", [0, 0, 1]),
    ];
    expect(await readCounted(server)).toEqual(counted);
    await countDays(server);
    expect(await readCounted(server)).toEqual(counted);
    expect(await rowsOf(server, "select day::text from active_account")).toEqual([{ day: "2030-03-05" }]);
    expect(await rowsOf(server, "select count(*)::int from account_day")).toEqual([{ count: 7 }]);
  });

  test("stay when accounts are erased and months of the audit log are dropped", async () => {
    await using server = await startAt("2030-03-01T12:00:00Z");
    const { deps } = server.gatehouse;
    const ada = await registerAccount(server.url);
    await registerAccount(server.url);
    await deleteAccount(server.url, ada);
    await countDays(server);
    const counted = [numbers("2030-03-01", [2, 2, 2])];
    moveTo(server, "2030-03-29T12:00:00Z");
    const countAgain = async () => {
      await runSql(deps.db, "delete from account_day where day > '2030-03-01'");
      await countDays(server);
    };
    const retention = { accountRetentionDays: 1, auditRetentionDays: 1 };
    const attempt = { id: crypto.randomUUID(), number: 1, signal: new AbortController().signal };
    await eraseDeletedAccounts({ ...deps, config: retention, call: systemCall }, {}, attempt);
    expect(await rowsOf(server, 'select count(*)::int from "user"')).toEqual([{ count: 1 }]);
    await countAgain();
    expect(await readCounted(server)).toEqual(counted);
    await keepPartitions({
      ...deps,
      clock: { now: () => new Date("2030-05-01") },
      config: retention,
      call: systemCall,
    });
    expect(await rowsOf(server, "select from audit_event where action = 'user.created'")).toEqual([]);
    await countAgain();
    expect(await readCounted(server)).toEqual(counted);
  });

  test("from before the first count are those of the audit log", async () => {
    await using server = await startAt("2030-03-01T12:00:00Z");
    await registerAccount(server.url);
    moveTo(server, "2030-03-20T12:00:00Z");
    await countDays(server);
    expect(await readCounted(server)).toEqual([numbers("2030-03-01", [1, 1, 1])]);
    expect(await rowsOf(server, "select count(*)::int from account_day")).toEqual([{ count: 20 }]);
  });

  test("go on after a server whose clock was a month ahead has counted", async () => {
    await using server = await startAt("2030-03-01T12:00:00Z");
    const ada = await registerAccount(server.url);
    const ahead = { ...server.gatehouse.deps, clock: { now: () => new Date("2030-04-01") } };
    await countDays({ ...server, gatehouse: { ...server.gatehouse, deps: ahead } });
    await logIn(server, ada);
    await countDays(server);
    expect(await readCounted(server)).toEqual([numbers("2030-03-01", [1, 2, 1])]);
  });

  test.skipIf(postgresUnreachable)("are the same if two servers count at once", async () => {
    await using first = await startAt("2030-03-01T12:00:00Z");
    await using second = await startBeside(first, { environment: { JOBS: "off" } });
    for (let day = 2; day <= 6; day++) {
      await registerAccount(day % 2 === 0 ? first.url : second.url);
      moveTo(first, `2030-03-0${day}T12:00:00Z`);
      await Promise.all([first, second, first, second].map((server) => countDays(server)));
    }
    const counted = ["01", "02", "03", "04", "05"].map((day) => numbers(`2030-03-${day}`, [1, 1, 1]));
    expect(await readCounted(second)).toEqual(counted);
  });
});
