import { describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { runBulk } from "../../packages/server/src/user/bulk/run.ts";
import { createRole, registerWithRoles, setRoles } from "../support/administrators.ts";
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
    expect(await jobOf(admin, body.jobId)).toMatchObject({ status: "done", total: 3, done: 3, refused: 0 });
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

  test("spares whoever may do more than the caller", async () => {
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

  test("goes on where it was interrupted, and stops for whoever may do it no more", async () => {
    const admin = await registerWithRoles(server());
    const second = await registerWithRoles(server());
    const { users } = await registerMarked(3);
    const ids = users.map(({ userId }) => userId);
    const { body } = await ask(second, { action: "delete", ids });
    await expect(run(body.jobId, AbortSignal.abort(new Error("shutdown")))).rejects.toThrow("shutdown");
    expect(await jobOf(admin, body.jobId)).toMatchObject({ status: "running", done: 0 });
    await setRoles(server().url, admin, second.userId, []);
    await run(body.jobId);
    expect(await jobOf(admin, body.jobId)).toMatchObject({ status: "stopped", done: 0, total: 3 });
    expect(await Promise.all(users.map(statusOf))).toEqual([200, 200, 200]);
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
