import { describe, expect, test } from "vitest";
import { exportAuditEvents } from "../../packages/server/src/audit/service.ts";
import { registerWithRoles, setRoles } from "../support/administrators.ts";
import { login } from "../support/logins.ts";
import { addPasskey } from "../support/passkeys.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { registerProtected } from "../support/second-factor.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

type Query = Readonly<Record<string, string>>;

describe("the audit log", () => {
  const server = shareGatehouse({ environment: { JOBS: "off" } });

  async function list(token: string, query: Query = {}, path = "/v1/audit-events") {
    return await rest(server().url, `${path}?${new URLSearchParams(query)}`, { token });
  }

  const actionsOf = (items: readonly { readonly action: string }[]) => items.map(({ action }) => action);

  /** A registration writes both in one statement, in any order. */
  const registered = ["session.created", "user.created"];

  test("is listed by actor, account, target, action and time, the newest first", async () => {
    const admin = await registerWithRoles(server());
    const { userId } = await registerAccount(server().url);
    await setRoles(server().url, admin, userId, ["support"]);
    const about = async (query: Query) => actionsOf((await list(admin.accessToken, query)).body.items);
    const [newest, ...others] = await about({ user: userId });
    expect([newest, others.toSorted()]).toEqual(["user.roles_changed", registered]);
    expect(await about({ target: userId })).toEqual(["user.roles_changed", "user.created"]);
    expect((await about({ actor: userId })).toSorted()).toEqual(registered);
    expect(await about({ user: userId, action: "session.created" })).toEqual(["session.created"]);
    const now = server().clock.now();
    const later = new Date(now.getTime() + 1).toISOString();
    expect(await about({ user: userId, to: now.toISOString() })).toEqual([]);
    expect(await about({ user: userId, from: later })).toEqual([]);
    expect(await about({ user: userId, from: now.toISOString(), to: later })).toHaveLength(3);
    const [event] = (await list(admin.accessToken, { target: userId, action: "user.roles_changed" })).body.items;
    expect(event).toMatchObject({
      actor: { kind: "user", id: admin.userId },
      target: { kind: "user", id: userId },
      userId,
      apiKeyId: null,
      impersonatorId: null,
      ip: "127.0.0.1",
      changes: { roles: { from: [], to: ["support"] } },
    });
  });

  test("is read by whoever has the permission, and by nobody else", async () => {
    const { accessToken } = await registerAccount(server().url);
    expect(await list(accessToken)).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  });

  test("goes on with a cursor, of the same filters alone", async () => {
    const { accessToken } = await registerWithRoles(server());
    const { userId } = await registerAccount(server().url);
    const first = (await list(accessToken, { user: userId, limit: "1" })).body;
    const second = (await list(accessToken, { user: userId, limit: "1", cursor: first.nextCursor })).body;
    expect([...actionsOf(first.items), ...actionsOf(second.items)].toSorted()).toEqual(registered);
    expect(second.nextCursor).toBeNull();
    expect(await list(accessToken, { limit: "1", cursor: first.nextCursor })).toMatchObject({
      status: 400,
      body: { code: "INVALID_INPUT", errors: [{ path: "cursor" }] },
    });
  });

  test.each([
    { actor: "1" },
    { user: "%" },
    { target: "x".repeat(201) },
    { target: "\u0000" },
    { action: "no.such" },
    { from: "yesterday" },
    { to: "2030-13-01T00:00:00Z" },
    { cursor: "AAAA" },
  ])("refuses a filter that it does not know: %o", async (query) => {
    const { accessToken } = await registerWithRoles(server());
    expect(await list(accessToken, query)).toMatchObject({ status: 400, body: { code: "INVALID_INPUT" } });
  });

  test("takes a search for anything", async () => {
    const { accessToken } = await registerWithRoles(server());
    for (const target of ["%", "_", "'; drop table audit_event", "\u{1f4a5}"]) {
      expect(await list(accessToken, { target })).toMatchObject({ status: 200, body: { items: [] } });
    }
  });

  test("is exported whole, the oldest first", async () => {
    const { userId } = await registerAccount(server().url);
    const { deps } = server().gatehouse;
    const exported: { readonly action: string; readonly userId: string | null }[] = [];
    for await (const event of exportAuditEvents(deps, { user: userId })) exported.push(event);
    expect(actionsOf(exported).toSorted()).toEqual(registered);
    expect(exported.map(({ userId: about }) => about)).toEqual([userId, userId]);
  });

  test("shows users what happened to the security of their account, and of administrators only that it was them", async () => {
    const admin = await registerWithRoles(server());
    const account = await registerAccount(server().url);
    await login(server().url, { identifier: account.email, password: account.password });
    await rest(server().url, "/v1/users/me", {
      method: "PATCH",
      token: account.accessToken,
      body: { givenName: "Ada" },
    });
    await setRoles(server().url, admin, account.userId, ["support"]);
    const { body } = await list(account.accessToken, {}, "/v1/auth/security-events");
    const [, , ...atRegistration] = body.items;
    expect(actionsOf(atRegistration).toSorted()).toEqual(registered);
    expect(body.items).toMatchObject([
      { action: "user.roles_changed", by: "administrator", ip: null, userAgent: null, details: {}, changes: {} },
      { action: "session.created", by: "you", ip: "127.0.0.1", details: { methods: ["pwd"] } },
      { by: "you" },
      { by: "you" },
    ]);
  });

  test("lists changes of second factors and passkeys, and an operator's reset, among the user's own events", async () => {
    const account = await registerProtected(server());
    await addPasskey(server(), account);
    const { accessToken: token } = await registerWithRoles(server());
    await rest(server().url, `/v1/users/${account.userId}/second-factors/reset`, { method: "POST", token });
    const { body } = await list(account.accessToken, {}, "/v1/auth/security-events");
    expect(actionsOf(body.items).slice(0, 3)).toEqual([
      "user.second_factor_reset_requested",
      "passkey.added",
      "second_factor.added",
    ]);
    const status = await rest(server().url, "/v1/auth/mfa", { token: account.accessToken });
    expect(status.body).toMatchObject({ resetAt: expect.any(String) });
  });
});
