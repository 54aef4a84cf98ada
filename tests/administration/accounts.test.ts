import { describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { enableUserJob, enableWhenDue } from "../../packages/server/src/user/administration/disable.ts";
import { createRole, registerWithRoles } from "../support/administrators.ts";
import { makeApiKey, readProfile } from "../support/api-keys.ts";
import { registerProven } from "../support/links.ts";
import { receiveToken, settle } from "../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const server = shareGatehouse();

const newEmail = () => `${crypto.randomUUID()}@example.com`;
const call = (by: Pick<Account, "accessToken">, path: string, request: Parameters<typeof rest>[2] = {}) =>
  rest(server().url, path, { token: by.accessToken, ...request });
const act = (by: Pick<Account, "accessToken">, id: string, action: string, body?: object) =>
  call(by, `/v1/users/${id}/${action}`, { method: "POST", ...(body === undefined ? {} : { body }) });
const logIn = ({ email, password }: Pick<Account, "email" | "password">) =>
  rest(server().url, "/v1/auth/login", { body: { identifier: email, password } });
const me = ({ accessToken: token }: Pick<Account, "accessToken">) => rest(server().url, "/v1/users/me", { token });
const actionsOn = async (id: string) =>
  await server()
    .gatehouse.deps.db.selectFrom("audit_event")
    .select(["action", "actor_id", "personal"])
    .where("target_id", "=", id)
    .orderBy("id", "desc")
    .execute();

describe("an account that an operator creates", () => {
  test("has no password until its owner chooses one by the link of the invitation", async () => {
    const admin = await registerWithRoles(server());
    const email = newEmail();
    const body = { email, givenName: "Ada", locale: "es" };
    const { status, body: created } = await call(admin, "/v1/users", { body });
    expect([status, created]).toMatchObject([
      201,
      { email, givenName: "Ada", emailVerified: false, statusReason: null },
    ]);
    expect(await call(admin, `/v1/users/${created.id}`)).toMatchObject({
      body: { hasPassword: false, lastSignInAt: null },
    });
    const token = await receiveToken(server(), email, "invitation");
    const password = "correct horse battery";
    expect((await logIn({ email, password })).status).toBe(401);
    server().clock.advance(6 * 24 * 3600);
    expect((await rest(server().url, "/v1/auth/password/reset", { body: { token, password } })).status).toBe(204);
    expect(await logIn({ email, password })).toMatchObject({
      body: { user: { emailVerified: true, givenName: "Ada" } },
    });
    // Six days later the first administrator has to sign in again.
    const later = await registerWithRoles(server());
    expect(await call(later, `/v1/users/${created.id}`)).toMatchObject({
      body: { hasPassword: true, lastSignInAt: server().clock.now().toISOString() },
    });
    const again = await rest(server().url, "/v1/auth/password/reset", { body: { token, password } });
    expect([again.status, again.body.code]).toEqual([400, "PASSWORD_RESET_TOKEN_INVALID"]);
    expect(await call(later, "/v1/users", { body })).toMatchObject({ status: 409, body: { code: "EMAIL_TAKEN" } });
    expect(await actionsOn(created.id)).toContainEqual(
      expect.objectContaining({ action: "user.created", actor_id: admin.userId }),
    );
  });
});

describe("an operator", () => {
  test("reads and changes a profile, and the audit log says who did", async () => {
    const admin = await registerWithRoles(server());
    const { userId, email } = await registerAccount(server().url);
    const patch = { method: "PATCH", body: { familyName: "Lovelace", locale: "es" } };
    expect(await call(admin, `/v1/users/${userId}`, patch)).toMatchObject({ body: { email, familyName: "Lovelace" } });
    const [event] = await actionsOn(userId);
    expect(event).toMatchObject({ action: "user.updated", actor_id: admin.userId });
    const wrong = await call(admin, `/v1/users/${userId}`, { method: "PATCH", body: { email: newEmail() } });
    expect(wrong.status).toBe(400);
    for (const request of [{}, patch, { method: "DELETE" }]) {
      expect((await call(admin, `/v1/users/${crypto.randomUUID()}`, request)).status).toBe(404);
    }
  });

  test("disables an account at once, with a reason, and enables it", async () => {
    const admin = await registerWithRoles(server());
    const account = await registerProven(server());
    const key = await makeApiKey(server().url, account);
    const disabled = await act(admin, account.userId, "disable", { reason: "Chargeback" });
    expect(disabled).toMatchObject({ status: 200, body: { status: "disabled", statusReason: "Chargeback" } });
    expect((await me(account)).status).toBe(401);
    expect((await readProfile(server().url, key.secret)).status).toBe(401);
    const refresh = await rest(server().url, "/v1/auth/refresh", { body: { refreshToken: account.refreshToken } });
    expect(refresh.status).toBe(401);
    expect(await logIn(account)).toMatchObject({ status: 403, body: { code: "ACCOUNT_DISABLED" } });
    expect(JSON.stringify((await logIn(account)).body)).not.toContain("Chargeback");
    expect(await act(admin, account.userId, "enable")).toMatchObject({
      body: { status: "active", statusReason: null },
    });
    expect((await logIn(account)).status).toBe(200);
    expect((await readProfile(server().url, key.secret)).status).toBe(200);
    expect((await actionsOn(account.userId)).map(({ action }) => action).slice(0, 3)).toEqual(
      expect.arrayContaining(["user.enabled", "user.disabled"]),
    );
  });

  test("disables an account until a time, at which a job enables it", async () => {
    const admin = await registerWithRoles(server());
    const account = await registerAccount(server().url);
    const { deps } = server().gatehouse;
    const until = new Date(server().clock.now().getTime() + 3_600_000).toISOString();
    await act(admin, account.userId, "disable", { reason: "Spam", until });
    const jobs = await deps.db
      .selectFrom("user")
      .select(["id", "disabled_until"])
      .where("public_id", "=", account.userId)
      .executeTakeFirstOrThrow();
    expect(jobs.disabled_until?.toISOString()).toBe(until);
    const payload = enableUserJob.schema.parse({ userId: jobs.id, until });
    const run = () => enableWhenDue({ ...deps, call: systemCall }, payload);
    await expect(run()).rejects.toMatchObject({ retryAfterSeconds: 3600 });
    expect((await logIn(account)).status).toBe(403);
    server().clock.advance(3600);
    await run();
    await run();
    expect((await logIn(account)).status).toBe(200);
    const later = await registerWithRoles(server());
    await act(later, account.userId, "disable", { reason: "Again" });
    await run();
    expect((await logIn(account)).status).toBe(403);
    for (const wrong of [until, "2999-01-01T00:00:00Z", "soon"]) {
      const refused = await act(later, account.userId, "disable", { reason: "Spam", until: wrong });
      expect([wrong, refused.status, refused.body.errors[0].path]).toEqual([wrong, 400, "until"]);
    }
  });

  test("deletes an account and restores it in the state that it had", async () => {
    const admin = await registerWithRoles(server());
    const account = await registerAccount(server().url);
    const remove = () => call(admin, `/v1/users/${account.userId}`, { method: "DELETE" });
    expect((await act(admin, account.userId, "restore")).status).toBe(404);
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect((await me(account)).status).toBe(401);
    expect((await logIn(account)).status).toBe(401);
    expect(await call(admin, `/v1/users/${account.userId}`)).toMatchObject({
      body: { deletedAt: server().clock.now().toISOString() },
    });
    const taken = await call(admin, "/v1/users", { body: { email: account.email } });
    expect(taken).toMatchObject({ status: 409, body: { code: "EMAIL_TAKEN" } });
    expect((await act(admin, account.userId, "disable", { reason: "x" })).status).toBe(404);
    expect(await act(admin, account.userId, "restore")).toMatchObject({ body: { status: "active", deletedAt: null } });
    expect((await logIn(account)).status).toBe(200);
  });

  test("restores an account that is disabled until a time, which is then enabled, also if the time has passed", async () => {
    const admin = await registerWithRoles(server());
    const account = await registerAccount(server().url);
    const until = new Date(server().clock.now().getTime() + 3_600_000).toISOString();
    await act(admin, account.userId, "disable", { reason: "Spam", until });
    await call(admin, `/v1/users/${account.userId}`, { method: "DELETE" });
    server().clock.advance(3600);
    const later = await registerWithRoles(server());
    await runSql(server().gatehouse.deps.db, "delete from pgboss.job where name = 'enable-user'");
    expect((await act(later, account.userId, "restore")).body.status).toBe("disabled");
    await settle(server());
    expect((await logIn(account)).status).toBe(200);
  });

  test("sees and ends the sessions of a user, and sees their devices", async () => {
    const admin = await registerWithRoles(server());
    const device = { installationId: crypto.randomUUID(), platform: "ios" };
    const account = await registerAccount(server().url, { device });
    const sessions = await call(admin, `/v1/users/${account.userId}/sessions`);
    expect(sessions.body.items).toMatchObject([{ current: false, device: { platform: "ios" } }]);
    const devices = await call(admin, `/v1/users/${account.userId}/devices`);
    expect(devices.body.items).toMatchObject([{ installationId: device.installationId }]);
    expect(JSON.stringify(devices.body)).not.toContain("ecret");
    expect((await call(admin, `/v1/users/${account.userId}/sessions`, { method: "DELETE" })).status).toBe(204);
    expect((await me(account)).status).toBe(401);
    expect((await call(admin, `/v1/users/${account.userId}/sessions`)).body.items).toEqual([]);
    expect((await me(admin)).status).toBe(200);
  });

  test("makes a user choose another password", async () => {
    const admin = await registerWithRoles(server());
    const account = await registerProven(server());
    expect((await act(admin, account.userId, "require-password-change")).status).toBe(204);
    expect((await me(account)).status).toBe(401);
    expect((await logIn(account)).status).toBe(401);
    const token = await receiveToken(server(), account.email, "password-removed");
    const password = "another horse staple";
    expect((await rest(server().url, "/v1/auth/password/reset", { body: { token, password } })).status).toBe(204);
    expect((await logIn({ ...account, password })).status).toBe(200);
    await settle(server());
  });
});

describe("an operator with some permissions", () => {
  test("does nothing to somebody who may do more", async () => {
    const admin = await registerWithRoles(server());
    const name = `clerk-${crypto.randomUUID().slice(0, 8)}`;
    const permissions = ["user:read", "user:update", "user:disable", "user:delete", "session:revoke"];
    await createRole(server().url, admin, { name, permissions });
    const clerk = await registerWithRoles(server(), [name]);
    const { userId } = admin;
    const forbidden = { status: 403, body: { code: "FORBIDDEN" } };
    expect(await act(clerk, userId, "disable", { reason: "x" })).toMatchObject(forbidden);
    expect(await act(clerk, userId, "enable")).toMatchObject(forbidden);
    expect(await act(clerk, userId, "require-password-change")).toMatchObject(forbidden);
    expect(await call(clerk, `/v1/users/${userId}/sessions`, { method: "DELETE" })).toMatchObject(forbidden);
    expect(await call(clerk, `/v1/users/${userId}`, { method: "DELETE" })).toMatchObject(forbidden);
    expect(await call(clerk, `/v1/users/${userId}`, { method: "PATCH", body: { locale: "es" } })).toMatchObject(
      forbidden,
    );
    expect((await me(admin)).status).toBe(200);
    const second = await registerWithRoles(server());
    await call(second, `/v1/users/${userId}`, { method: "DELETE" });
    expect(await act(clerk, userId, "restore")).toMatchObject(forbidden);
  });
});
