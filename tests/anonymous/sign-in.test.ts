import { describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { signInAnonymously } from "../support/anonymous.ts";
import { listDevices, newDeviceSecret, newInstallationId } from "../support/devices.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse({ environment: { LIMIT_ANONYMOUS_USERS_PER_IP_PER_HOUR: "20" } });
const withoutAnonymous = shareGatehouse({ environment: { ANONYMOUS_USERS: "off" } });

test("a sign-in without credentials gives an account without identifiers, and a session that proves nothing", async () => {
  const { url } = shared();
  const device = { installationId: newInstallationId(), platform: "ios", deviceSecret: newDeviceSecret() };
  const { status, body } = await rest(url, "/v1/auth/anonymous", { body: { device } });
  expect(status).toBe(201);
  expect(body).toMatchObject({ status: "signed_in", deviceStatus: "linked" });
  expect(body.user).toMatchObject({ email: null, username: null, phone: null, isAnonymous: true });
  const { accessToken } = body.session;
  const current = await rest(url, "/v1/auth/status", { token: accessToken });
  expect(current.body.session).toMatchObject({ methods: ["anon"], aal: 0 });
  expect(new Date(current.body.session.recentUntil) < new Date(current.body.session.authenticatedAt)).toBe(true);
  expect(await listDevices(url, { accessToken })).toHaveLength(1);
});

test("an anonymous account gets no role, as nobody could sign in to it again", async () => {
  const { userId } = await signInAnonymously(shared().url);
  const { accessToken: token } = await registerWithRoles(shared());
  const give = (roles: readonly string[]) =>
    rest(shared().url, `/v1/users/${userId}/roles`, { method: "PUT", token, body: { roles } });
  expect((await give(["support"])).body.code).toBe("ANONYMOUS_ACCOUNT");
  expect((await give([])).status).toBe(200);
});

test("its tokens are refreshed, and go into cookies where asked for", async () => {
  const { url } = shared();
  const { refreshToken } = await signInAnonymously(url);
  expect((await rest(url, "/v1/auth/refresh", { body: { refreshToken } })).status).toBe(200);
  const headers = { origin: "http://gatehouse.test" };
  const inCookies = await rest(url, "/v1/auth/anonymous", { body: { transport: "cookie" }, headers });
  expect([inCookies.status, inCookies.headers.getSetCookie().length > 0]).toEqual([201, true]);
});

describe("an anonymous session", () => {
  test.each([
    ["GET", "/v1/auth/api-keys", undefined],
    ["POST", "/v1/auth/api-keys", { name: "Nightly", scopes: ["user:read"] }],
    ["POST", "/v1/auth/email/change", { email: "ada@example.com" }],
    ["POST", "/v1/auth/mfa/totp", undefined],
    ["PUT", "/v1/auth/password", { newPassword: "another horse staple" }],
    ["POST", "/v1/auth/phone", { phone: "+34600000000" }],
    ["GET", "/v1/users/me/export", undefined],
    ["POST", "/v1/users/me/deactivate", undefined],
    ["DELETE", "/v1/users/me", undefined],
    ["PATCH", "/v1/users/me", { username: "ada-anonymous" }],
  ])("may not call %s %s", async (method, path, body) => {
    const { url } = shared();
    const { accessToken: token } = await shareOne();
    const answer = await rest(url, path, { method, token, ...(body === undefined ? {} : { body }) });
    expect([answer.status, answer.body.code]).toEqual([403, "ANONYMOUS_ACCOUNT"]);
  });

  test("proves nothing by a password that it has not", async () => {
    const { accessToken: token } = await shareOne();
    const { body } = await rest(shared().url, "/v1/auth/sudo", { token, body: { password: "correct horse battery" } });
    expect(body.code).toBe("CURRENT_PASSWORD_INVALID");
  });

  test("changes its profile", async () => {
    const { accessToken: token } = await shareOne();
    const { body } = await rest(shared().url, "/v1/users/me", { method: "PATCH", token, body: { givenName: "Ada" } });
    expect(body).toMatchObject({ givenName: "Ada", isAnonymous: true });
  });
});

let one: ReturnType<typeof signInAnonymously> | undefined;

/** The same anonymous user for tests that leave it as it is. */
function shareOne() {
  one ??= signInAnonymously(shared().url);
  return one;
}

test("operators see and filter anonymous accounts", async () => {
  const server = shared();
  const { userId } = await signInAnonymously(server.url);
  const full = await registerAccount(server.url);
  const { accessToken: token } = await registerWithRoles(server, ["admin"]);
  const listed = async (query: string) =>
    (await rest(server.url, `/v1/users?limit=100&${query}`, { token })).body.items.map(({ id }: { id: string }) => id);
  expect(await listed("anonymous=true")).toContain(userId);
  expect(await listed("anonymous=true")).not.toContain(full.userId);
  expect(await listed("anonymous=false")).toContain(full.userId);
  expect(await listed("anonymous=false")).not.toContain(userId);
  expect((await rest(server.url, `/v1/users/${userId}`, { token })).body.isAnonymous).toBe(true);
});

test("an operator gets no link to a password of an account that nobody could sign in to by it, and ends no session", async () => {
  const server = shared();
  const { userId, accessToken } = await signInAnonymously(server.url);
  const { accessToken: token } = await registerWithRoles(server, ["admin"]);
  const refused = await rest(server.url, `/v1/users/${userId}/password-link`, { method: "POST", token });
  expect([refused.status, refused.body.code]).toEqual([403, "ANONYMOUS_ACCOUNT"]);
  expect((await rest(server.url, "/v1/users/me", { token: accessToken })).status).toBe(200);
});

test("where the operator has not allowed it, nobody signs in without credentials", async () => {
  const { body } = await rest(withoutAnonymous().url, "/v1/auth/anonymous", { method: "POST" });
  expect(body.code).toBe("ANONYMOUS_USERS_OFF");
});

test("a network creates as many accounts in an hour as it may", async () => {
  const { url } = shared();
  const sent = await Promise.all(Array.from({ length: 25 }, () => rest(url, "/v1/auth/anonymous", { method: "POST" })));
  const refused = sent.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(5);
  expect(refused.every(({ body }) => body.code === "TOO_MANY_REQUESTS")).toBe(true);
});
