import { describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { runBulk } from "../../packages/server/src/user/bulk/run.ts";
import { createRole, registerWithRoles, setRoles } from "../support/administrators.ts";
import { makeApiKey, revokeApiKey } from "../support/api-keys.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

// The tests work on the jobs themselves.
const server = shareGatehouse({ environment: { JOBS: "off" } });

const ask = ({ accessToken: token }: Pick<Account, "accessToken">, body: object) =>
  rest(server().url, "/v1/users/bulk", { token, body });
const jobOf = async ({ accessToken: token }: Pick<Account, "accessToken">, id: string) =>
  (await rest(server().url, `/v1/jobs/${id}`, { token })).body;
const run = (id: string, signal = new AbortController().signal) => {
  const deps = { ...server().gatehouse.deps, call: systemCall };
  return runBulk(deps, { id }, { id, number: 1, signal });
};
/** Makes the job change one account, as if its server were stopped then. */
const runOne = async (id: string) => {
  let looks = 0;
  const signal = {
    throwIfAborted: () => {
      if (looks++ > 0) throw new Error("shutdown");
    },
  };
  await expect(run(id, Object.assign(new AbortController().signal, signal))).rejects.toThrow("shutdown");
};

interface Asking {
  readonly admin: Account;
  readonly asker: Account;
}
const at = (path: string, { accessToken: token }: Account, method: string, body?: object) =>
  rest(server().url, path, { method, token, ...(body === undefined ? {} : { body }) });
const endSessions = (admin: Account, { userId }: Account) => at(`/v1/users/${userId}/sessions`, admin, "DELETE");
const disable = (admin: Account, { userId }: Account) =>
  at(`/v1/users/${userId}/disable`, admin, "POST", { reason: "left" });
const remove = (admin: Account, { userId }: Account) => at(`/v1/users/${userId}`, admin, "DELETE");
const logOutAll = (asker: Account) => at("/v1/auth/logout-all", asker, "POST");
const useTwice = async ({ refreshToken }: Account) => {
  for (const seconds of [0, 120]) {
    server().clock.advance(seconds);
    await rest(server().url, "/v1/auth/refresh", { body: { refreshToken } });
  }
};

const statusOf = async ({ accessToken: token }: Account) =>
  (await rest(server().url, "/v1/users/me", { token })).status;
const registerMarked = async (count: number) => {
  const mark = `mark${crypto.randomUUID().slice(0, 8)}`;
  const email = (number: number) => `${number}.${mark}@example.com`;
  const numbers = Array.from({ length: count }, (_, number) => number);
  return { mark, users: await Promise.all(numbers.map((n) => registerAccount(server().url, { email: email(n) }))) };
};

describe("a change of many accounts", () => {
  test("is made by a job, for named accounts", async () => {
    const admin = await registerWithRoles(server());
    const { users } = await registerMarked(3);
    const ids = [...users.map(({ userId }) => userId), crypto.randomUUID()];
    const { status, body } = await ask(admin, { action: "disable", ids, reason: "Spam" });
    expect([status, await jobOf(admin, body.jobId)]).toMatchObject([202, { status: "running", total: 3, done: 0 }]);
    await run(body.jobId);
    await run(body.jobId);
    expect(await jobOf(admin, body.jobId)).toMatchObject({
      status: "done",
      stopReason: null,
      total: 3,
      done: 3,
      refused: 0,
    });
    expect(await Promise.all(users.map(statusOf))).toEqual([401, 401, 401]);
  });

  test("is made for those that a filter finds when it begins", async () => {
    const admin = await registerWithRoles(server());
    const { mark, users } = await registerMarked(3);
    const filter = { search: mark };
    const disabling = await ask(admin, { action: "disable", filter, reason: "Spam" });
    await run(disabling.body.jobId);
    expect(await Promise.all(users.map(statusOf))).toEqual([401, 401, 401]);
    const enabling = await ask(admin, { action: "enable", filter: { ...filter, status: "disabled" } });
    await run(enabling.body.jobId);
    expect(await jobOf(admin, enabling.body.jobId)).toMatchObject({ status: "done", done: 3 });
    const deleting = await ask(admin, { action: "delete", filter });
    await run(deleting.body.jobId);
    const found = await rest(server().url, `/v1/users?search=${mark}`, { token: admin.accessToken });
    expect(found.body.items).toEqual([]);
  });

  test("leaves neither what was searched for nor from where it was asked once it is over", async () => {
    const admin = await registerWithRoles(server());
    const { mark } = await registerMarked(1);
    const { body } = await ask(admin, { action: "delete", filter: { search: mark } });
    await run(body.jobId);
    const { rows } = await runSql(
      server().gatehouse.deps.db,
      `select filter, call::text, session_id from bulk_operation where public_id = '${body.jobId}'`,
    );
    expect(rows).toEqual([{ filter: null, call: "{}", session_id: null }]);
  });

  test("spares users who may do more than the caller", async () => {
    const admin = await registerWithRoles(server());
    const name = `clerk-${crypto.randomUUID().slice(0, 8)}`;
    await createRole(server().url, admin, { name, permissions: ["user:bulk", "user:delete"] });
    const clerk = await registerWithRoles(server(), [name]);
    const { users } = await registerMarked(2);
    const ids = [admin, ...users].map(({ userId }) => userId);
    const { body } = await ask(clerk, { action: "delete", ids });
    await run(body.jobId);
    expect(await jobOf(clerk, body.jobId)).toMatchObject({ status: "done", total: 3, done: 2, refused: 1 });
    expect(await statusOf(admin)).toBe(200);
    const disabling = await ask(clerk, { action: "disable", ids, reason: "x" });
    expect([disabling.status, disabling.body.code]).toEqual([403, "FORBIDDEN"]);
  });

  test("goes on where it was interrupted, and stops for a caller who may do it no more", async () => {
    const admin = await registerWithRoles(server());
    const second = await registerWithRoles(server());
    const { users } = await registerMarked(3);
    const ids = users.map(({ userId }) => userId);
    const { body } = await ask(second, { action: "delete", ids });
    await expect(run(body.jobId, AbortSignal.abort(new Error("shutdown")))).rejects.toThrow("shutdown");
    expect(await jobOf(admin, body.jobId)).toMatchObject({ status: "running", done: 0 });
    await setRoles(server().url, admin, second.userId, []);
    await run(body.jobId);
    expect(await jobOf(admin, body.jobId)).toMatchObject({
      status: "stopped",
      stopReason: "permission_lost",
      done: 0,
      total: 3,
    });
    expect(await Promise.all(users.map(statusOf))).toEqual([200, 200, 200]);
  });

  test("stops for a caller who may change one account but no longer many, and when its API key is revoked", async () => {
    const { url, gatehouse } = server();
    const admin = await registerWithRoles(server());
    await runSql(gatehouse.deps.db, `update "user" set email_verified_at = now() where public_id = '${admin.userId}'`);
    const { users } = await registerMarked(2);
    const wanted = { action: "delete", ids: users.map(({ userId }) => userId) };
    const name = `clerk-${crypto.randomUUID().slice(0, 8)}`;
    await createRole(url, admin, { name, permissions: ["user:bulk", "user:delete"] });
    const byClerk = await ask(await registerWithRoles(server(), [name]), wanted);
    const body = { permissions: ["user:delete"] };
    await rest(url, `/v1/roles/${name}`, { method: "PATCH", token: admin.accessToken, body });
    const { id, secret } = await makeApiKey(url, admin, { scopes: ["user:bulk", "user:delete"] });
    const byKey = await ask({ accessToken: secret }, wanted);
    await revokeApiKey(url, admin, id);
    for (const [{ jobId }, stopReason] of [
      [byClerk.body, "permission_lost"],
      [byKey.body, "api_key_revoked"],
    ]) {
      await run(jobId);
      expect(await jobOf(admin, jobId)).toMatchObject({ status: "stopped", stopReason, done: 0 });
    }
  });

  test.each<[string, string, (by: Asking) => Promise<unknown>]>([
    ["an operator ended the session", "session_ended", ({ admin, asker }) => endSessions(admin, asker)],
    ["its refresh token was used twice", "session_ended", ({ asker }) => useTwice(asker)],
    ["the user ended the session from another", "session_ended", ({ asker }) => logOutAll(asker)],
    ["the account was disabled", "account_ended", ({ admin, asker }) => disable(admin, asker)],
    ["the account was deleted", "account_ended", ({ admin, asker }) => remove(admin, asker)],
  ])("stops in the middle once %s", async (_, stopReason, end) => {
    const admin = await registerWithRoles(server());
    const asker = await registerWithRoles(server());
    const { users } = await registerMarked(3);
    const { body } = await ask(asker, { action: "delete", ids: users.map(({ userId }) => userId) });
    await runOne(body.jobId);
    expect(await jobOf(admin, body.jobId)).toMatchObject({ status: "running", stopReason: null, done: 1 });
    await end({ admin, asker });
    await run(body.jobId);
    expect(await jobOf(admin, body.jobId)).toMatchObject({ status: "stopped", stopReason, done: 1, total: 3 });
    expect((await Promise.all(users.map(statusOf))).toSorted()).toEqual([200, 200, 401]);
  });

  test("goes on when the user who asked for it logs out", async () => {
    const admin = await registerWithRoles(server());
    const asker = await registerWithRoles(server());
    const { users } = await registerMarked(2);
    const { body } = await ask(asker, { action: "delete", ids: users.map(({ userId }) => userId) });
    await rest(server().url, "/v1/auth/logout", { method: "POST", token: asker.accessToken });
    await run(body.jobId);
    expect(await jobOf(admin, body.jobId)).toMatchObject({ status: "done", stopReason: null, done: 2 });
  });

  test("is refused without accounts, with two ways to name them, and without a reason", async () => {
    const admin = await registerWithRoles(server());
    const wrong: [object, string][] = [
      [{ action: "delete" }, "ids"],
      [{ action: "delete", ids: [] }, "ids"],
      [{ action: "delete", ids: [admin.userId], filter: { search: "x" } }, "ids"],
      [{ action: "delete", filter: {} }, "filter"],
      [{ action: "disable", ids: [admin.userId] }, "reason"],
      [{ action: "erase", ids: [admin.userId] }, "action"],
    ];
    for (const [input, path] of wrong) {
      const { status, body } = await ask(admin, input);
      expect([input, status, body.errors[0].path]).toEqual([input, 400, path]);
    }
    expect((await rest(server().url, `/v1/jobs/${crypto.randomUUID()}`, { token: admin.accessToken })).status).toBe(
      404,
    );
  });
});
