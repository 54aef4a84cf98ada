import { describe, expect, test } from "vitest";
import { createRole, giveRoles, registerProvenAdmin, registerWithRoles, setRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { addMember, changeGroup, createGroup, deleteGroup, removeMember } from "../support/groups.ts";
import { registerProven } from "../support/links.ts";
import { patience } from "../support/patience.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const server = shareGatehouse({ environment: { JOBS: "off" } });

const impersonate = ({ accessToken: token }: Pick<Account, "accessToken">, id: string, body: object = {}) =>
  rest(server().url, `/v1/users/${id}/impersonate`, { token, body });
const as = (token: string, path: string, request: Parameters<typeof rest>[2] = {}) =>
  rest(server().url, path, { token, ...request });
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

/** An administrator, a user, and the tokens of a session in the user's name. */
async function impersonated() {
  const admin = await registerWithRoles(server());
  const user = await registerAccount(server().url);
  const { status, body } = await impersonate(admin, user.userId, { reason: "Ticket 1" });
  expect(status).toBe(200);
  const { accessToken: token, refreshToken } = body.session;
  return { admin, user, token, refreshToken, sessionId: body.session.id };
}

/** Waits until the session is over, which other connections of this process learn by a notification. */
async function expectEnded(token: string): Promise<void> {
  await expect.poll(async () => (await as(token, "/v1/users/me")).status, patience).toBe(401);
}

describe("an administrator in a user's name", () => {
  test("is marked in the token, in the sessions and in the audit log", async () => {
    const { admin, user, token, refreshToken, sessionId } = await impersonated();
    expect(claimsOf(token)).toMatchObject({ sub: user.userId, act: { sub: admin.userId } });
    expect(claimsOf(user.accessToken)).not.toHaveProperty("act");
    expect((await as(token, "/v1/users/me")).body.id).toBe(user.userId);
    expect((await as(token, "/v1/auth/status")).body.session).toMatchObject({ id: sessionId, impersonated: true });
    const sessions = await as(user.accessToken, "/v1/auth/sessions");
    expect(sessions.body.items).toMatchObject([
      { id: sessionId, impersonated: true, current: false, ip: null, userAgent: null },
      { impersonated: false, current: true, ip: "127.0.0.1" },
    ]);
    const seen = await as(admin.accessToken, `/v1/users/${user.userId}/sessions`);
    expect(seen.body.items[0]).toMatchObject({ id: sessionId, ip: "127.0.0.1" });
    const renewed = await rest(server().url, "/v1/auth/refresh", { body: { refreshToken } });
    expect(claimsOf(renewed.body.session.accessToken)).toMatchObject({ act: { sub: admin.userId } });
    await as(token, "/v1/users/me", { method: "PATCH", body: { givenName: "Ada" } });
    const events = await server()
      .gatehouse.deps.db.selectFrom("audit_event")
      .select(["action", "actor_id", "impersonator_id"])
      .where("account_id", "=", user.userId)
      .orderBy("id", "desc")
      .limit(3)
      .execute();
    const byAdmin = { actor_id: user.userId, impersonator_id: admin.userId };
    expect(events.toSorted((a, b) => a.action.localeCompare(b.action))).toEqual([
      { action: "session.created", ...byAdmin },
      { action: "user.impersonated", actor_id: admin.userId, impersonator_id: null },
      { action: "user.updated", ...byAdmin },
    ]);
  });

  test("does nothing that is sensitive", async () => {
    const { user, token } = await impersonated();
    const refused: [string, string, object?][] = [
      ["POST", "/v1/auth/sudo", { password: user.password }],
      ["PUT", "/v1/auth/password", { currentPassword: user.password, newPassword: "another horse staple" }],
      ["POST", "/v1/auth/email/change", { email: "thief@example.com" }],
      ["POST", "/v1/auth/email/verification"],
      ["POST", "/v1/auth/phone", { phone: "+34600000000" }],
      ["POST", "/v1/auth/api-keys", { name: "key", scopes: ["profile:read"] }],
      ["GET", "/v1/auth/api-keys"],
      ["POST", "/v1/auth/logout-all"],
      ["PUT", `/v1/devices/${crypto.randomUUID()}`, { platform: "ios" }],
      ["GET", "/v1/users"],
    ];
    for (const [method, path, body] of refused) {
      const answer = await as(token, path, { method, ...(body === undefined ? {} : { body }) });
      expect([path, answer.status, answer.body.code]).toEqual([path, 403, "IMPERSONATION_REFUSED"]);
    }
    expect((await as(user.accessToken, "/v1/users/me")).status).toBe(200);
  });

  test("uses none of the user's permissions, and impersonates nobody from there", async () => {
    const admin = await registerWithRoles(server());
    const clerk = await registerWithRoles(server(), ["support"]);
    const other = await registerAccount(server().url);
    const { body } = await impersonate(admin, clerk.userId);
    const { accessToken } = body.session;
    const code = "IMPERSONATION_REFUSED";
    expect(await as(accessToken, "/v1/users")).toMatchObject({ status: 403, body: { code } });
    expect(await impersonate({ accessToken }, other.userId)).toMatchObject({ status: 403, body: { code } });
  });

  test("has an hour, however often they refresh, and no longer than their own session", async () => {
    const { token, refreshToken } = await impersonated();
    server().clock.advance(3599);
    const renewed = await rest(server().url, "/v1/auth/refresh", { body: { refreshToken } });
    expect(renewed.status).toBe(200);
    server().clock.advance(2);
    expect((await as(renewed.body.session.accessToken, "/v1/users/me")).status).toBe(401);
    expect((await as(token, "/v1/users/me")).status).toBe(401);
    const { refreshToken: next } = renewed.body.session;
    expect((await rest(server().url, "/v1/auth/refresh", { body: { refreshToken: next } })).status).toBe(401);
  });

  test("loses the session with their own, and when they or the user may no longer", async () => {
    const endings: ((by: Awaited<ReturnType<typeof impersonated>>) => Promise<unknown>)[] = [
      ({ admin }) => as(admin.accessToken, "/v1/auth/logout", { method: "POST" }),
      ({ admin }) => as(admin.accessToken, "/v1/auth/logout-all", { method: "POST" }),
      async ({ admin }) => setRoles(server().url, await registerWithRoles(server()), admin.userId, ["support"]),
      async ({ admin }) => {
        const { accessToken } = await registerWithRoles(server());
        return as(accessToken, `/v1/users/${admin.userId}/disable`, { body: { reason: "left" } });
      },
      async ({ admin }) => {
        const { accessToken } = await registerWithRoles(server());
        return as(accessToken, `/v1/users/${admin.userId}`, { method: "DELETE" });
      },
      ({ user }) => as(user.accessToken, "/v1/auth/logout-all", { method: "POST" }),
      async ({ user }) => {
        const { accessToken } = await registerWithRoles(server());
        return as(accessToken, `/v1/users/${user.userId}/disable`, { body: { reason: "spam" } });
      },
    ];
    for (const end of endings) {
      const by = await impersonated();
      expect((await as(by.token, "/v1/users/me")).status).toBe(200);
      await end(by);
      await expectEnded(by.token);
      const refreshed = await rest(server().url, "/v1/auth/refresh", { body: { refreshToken: by.refreshToken } });
      expect(refreshed.status).toBe(401);
    }
  });

  test("loses the session, which is an event of the audit log and of the user's own list", async () => {
    const { admin, user, sessionId } = await impersonated();
    await as(admin.accessToken, "/v1/auth/logout", { method: "POST" });
    const reader = await registerWithRoles(server());
    const events = await as(reader.accessToken, `/v1/audit-events?target=${sessionId}&action=session.revoked`);
    expect(events.body.items).toMatchObject([
      {
        actor: { kind: "system" },
        impersonatorId: admin.userId,
        userId: user.userId,
        details: { reason: "impersonation_ended" },
      },
    ]);
    const own = await as(user.accessToken, "/v1/auth/security-events");
    expect(own.body.items[0]).toMatchObject({ action: "session.revoked" });
  });

  test("loses the session when they lose what a group gave them", async () => {
    const admin = await registerWithRoles(server());
    const role = `helper-${crypto.randomUUID().slice(0, 8)}`;
    await createRole(server().url, admin, { name: role, permissions: ["user:impersonate"] });
    const endings: ((id: string, userId: string) => Promise<unknown>)[] = [
      (id, userId) => removeMember(server().url, admin, { id, userId }),
      (id) => changeGroup(server().url, admin, { id, roles: [] }),
      (id) => deleteGroup(server().url, admin, id),
    ];
    for (const end of endings) {
      const [helper, user] = [await registerAccount(server().url), await registerAccount(server().url)];
      const id = await createGroup(server().url, admin, { roles: [role] });
      await addMember(server().url, admin, { id, userId: helper.userId });
      const { body } = await impersonate(helper, user.userId);
      expect((await as(body.session.accessToken, "/v1/users/me")).status).toBe(200);
      await end(id, helper.userId);
      await expectEnded(body.session.accessToken);
      expect((await as(user.accessToken, "/v1/users/me")).status).toBe(200);
    }
  });

  test("leaves the user's own sessions and known devices as they were", async () => {
    const { user, token } = await impersonated();
    expect((await as(token, "/v1/auth/logout", { method: "POST" })).status).toBe(204);
    expect((await as(token, "/v1/users/me")).status).toBe(401);
    expect((await as(user.accessToken, "/v1/users/me")).status).toBe(200);
  });
});

describe("nobody impersonates", () => {
  test("administrators, themselves, or users who may do more than they", async () => {
    const admin = await registerWithRoles(server());
    const second = await registerWithRoles(server());
    const forbidden = { status: 403, body: { code: "FORBIDDEN" } };
    expect(await impersonate(admin, second.userId)).toMatchObject(forbidden);
    expect(await impersonate(admin, admin.userId)).toMatchObject(forbidden);
    const name = `helper-${crypto.randomUUID().slice(0, 8)}`;
    await createRole(server().url, admin, { name, permissions: ["user:impersonate"] });
    const helper = await registerWithRoles(server(), [name]);
    const clerk = await registerWithRoles(server(), ["support"]);
    expect(await impersonate(helper, clerk.userId)).toMatchObject(forbidden);
    expect(await impersonate(helper, admin.userId)).toMatchObject(forbidden);
    expect((await impersonate(helper, (await registerAccount(server().url)).userId)).status).toBe(200);
  });

  test("without the permission, with an API key, or somebody who may not sign in", async () => {
    const user = await registerAccount(server().url);
    for (const roles of [[], ["support"]]) {
      const caller = await registerWithRoles(server(), roles);
      expect(await impersonate(caller, user.userId)).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
    }
    const admin = await registerWithRoles(server());
    expect((await impersonate(admin, crypto.randomUUID())).status).toBe(404);
    await as(admin.accessToken, `/v1/users/${user.userId}/disable`, { body: { reason: "x" } });
    expect(await impersonate(admin, user.userId)).toMatchObject({ status: 403, body: { code: "ACCOUNT_DISABLED" } });
  });
});

describe("an API key of an administrator", () => {
  const mailing = shareGatehouse();
  test("impersonates nobody, whatever its scopes are", async () => {
    const admin = await registerProvenAdmin(mailing());
    const user = await registerProven(mailing());
    const { secret } = await makeApiKey(mailing().url, admin, { scopes: ["user:read", "user:disable"] });
    await giveRoles(mailing(), admin.userId, ["admin"]);
    const answer = await rest(mailing().url, `/v1/users/${user.userId}/impersonate`, { token: secret, body: {} });
    expect([answer.status, answer.body.code]).toEqual([403, "INSUFFICIENT_SCOPE"]);
  });
});
