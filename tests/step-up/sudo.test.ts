import { describe, expect, test, vi } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { failLogins, login } from "../support/logins.ts";
import { receiveToken, settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { askForLink, maxAgeSeconds, openVault, refresh, routers, sudo, waitLong } from "./step-up.ts";

const minute = 60;

const shared = shareGatehouse({ routers });

describe("auth.sudo by password", () => {
  test("opens procedures that require a recent proof, and returns until when", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const tokens = await waitLong(server, ada);
    expect((await openVault(server, tokens)).status).toBe(403);
    const authenticatedAt = server.clock.now().toISOString();
    const { status, body } = await sudo(server, tokens, { password: ada.password });
    server.clock.advance(maxAgeSeconds);
    expect([status, body]).toEqual([200, { authenticatedAt, recentUntil: server.clock.now().toISOString() }]);
    const renewed = await refresh(server, tokens.refreshToken);
    expect((await openVault(server, renewed)).status).toBe(200);
    server.clock.advance(1);
    expect((await openVault(server, renewed)).status).toBe(403);
  });

  test("counts for its session alone", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { body } = await login(server.url, { identifier: ada.email, password: ada.password });
    const own = await waitLong(server, ada);
    const other = await refresh(server, body.session.refreshToken);
    await sudo(server, own, { password: ada.password });
    expect((await openVault(server, own)).status).toBe(200);
    expect((await openVault(server, other)).status).toBe(403);
  });

  test("is shown by auth.status, from the sign-in on", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const proofAt = async (token: string) => {
      const { session } = (await rest(server.url, "/v1/auth/status", { token })).body;
      return { createdAt: session.createdAt, at: session.authenticatedAt, until: session.recentUntil };
    };
    const signedInAt = server.clock.now().toISOString();
    const after = (seconds: number) => new Date(Date.parse(signedInAt) + seconds * 1000).toISOString();
    const tokens = await waitLong(server, ada);
    expect(await proofAt(tokens.accessToken)).toEqual({ createdAt: signedInAt, at: signedInAt, until: after(900) });
    await sudo(server, tokens, { password: ada.password });
    expect(await proofAt(tokens.accessToken)).toEqual({ createdAt: signedInAt, at: after(901), until: after(1801) });
  });

  test("refuses a wrong password, signs nobody out and changes nothing", async () => {
    const server = shared();
    const tokens = await waitLong(server, await registerAccount(server.url));
    const refused = await sudo(server, tokens, { password: "not my password" });
    expect([refused.status, refused.body.code]).toEqual([403, "CURRENT_PASSWORD_INVALID"]);
    expect((await openVault(server, tokens)).status).toBe(403);
    expect((await rest(server.url, "/v1/users/me", { token: tokens.accessToken })).status).toBe(200);
  });

  test("refuses every password for an account that has none", async () => {
    const server = shared();
    const { accessToken, userId, password } = await registerAccount(server.url);
    await registerAccount(server.url, { password });
    await server.gatehouse.deps.db
      .deleteFrom("password")
      .where("user_id", "=", (eb) => eb.selectFrom("user").select("id").where("public_id", "=", userId))
      .execute();
    const refused = await sudo(server, { accessToken }, { password });
    expect([refused.status, refused.body.code]).toEqual([403, "CURRENT_PASSWORD_INVALID"]);
  });

  test.each(["{}", '{"password":"x","magicLinkToken":"x"}', '{"password":null}', "[]", '{"password":"x","sms":"1"}'])(
    "refuses %s: it takes exactly one proof",
    async (body) => {
      const server = shared();
      const refused = await sudo(server, await registerAccount(server.url), body);
      expect([refused.status, refused.body.code]).toEqual([400, "INVALID_INPUT"]);
    },
  );

  test.each([
    ["the password is changed", "update password set version = version + 1", [403, "CURRENT_PASSWORD_INVALID"]],
    [
      "the session ends",
      "update session set revoked_at = now(), revoked_reason = 'logout'",
      [401, "ACCESS_TOKEN_INVALID"],
    ],
  ])("proves nothing if %s during the call", async (_, statement, refusal) => {
    const server = shared();
    const { deps } = server.gatehouse;
    const ada = await registerAccount(server.url);
    const tokens = await waitLong(server, ada);
    vi.spyOn(deps.passwords, "verify").mockImplementationOnce(async () => {
      await runSql(deps.db, statement);
      return true;
    });
    const refused = await sudo(server, tokens, { password: ada.password });
    expect([refused.status, refused.body.code]).toEqual(refusal);
    const { rows } = await runSql(
      deps.db,
      `select reauthenticated_at from session join "user" on "user".id = session.user_id where email = '${ada.email}'`,
    );
    expect(rows).toEqual([{ reauthenticated_at: null }]);
  });

  test("is refused for a session that has ended", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const tokens = await waitLong(server, ada);
    await sudo(server, tokens, { password: ada.password });
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: tokens.accessToken });
    expect((await openVault(server, tokens)).body.code).toBe("ACCESS_TOKEN_INVALID");
    expect((await sudo(server, tokens, { password: ada.password })).body.code).toBe("ACCESS_TOKEN_INVALID");
  });
});

describe("guesses at auth.sudo", () => {
  const limited = shareGatehouse({ environment: { LIMIT_LOGIN_FAILURES_PER_ACCOUNT: "5" } });

  test("count together with those of password changes, over REST, RPC and in batches", async () => {
    const server = limited();
    const { accessToken: token, ...ada } = await registerAccount(server.url);
    const wrong = { password: "not my password" };
    const change = { currentPassword: "not my password", newPassword: "another horse battery" };
    const guesses = [
      () => rest(server.url, "/v1/auth/sudo", { token, body: wrong }),
      () => rest(server.url, "/rpc/auth.sudo", { token, body: { json: wrong } }),
      () => rest(server.url, "/v1/auth/password", { method: "PUT", token, body: change }),
    ];
    const statuses: number[] = [];
    for (const guess of [...guesses, ...guesses]) statuses.push((await guess()).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
    const refused = await rest(server.url, "/v1/auth/sudo", { token, body: { password: ada.password } });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    const path = "/rpc/auth.sudo,auth.sudo?batch=1";
    const { body } = await rest(server.url, path, { token, body: { 0: { json: wrong }, 1: { json: wrong } } });
    const codes = body.map((call: { error: { json: { data: { code: string } } } }) => call.error.json.data.code);
    expect(codes).toEqual(["TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS"]);
  });

  test("at once are limited like guesses one after the other", async () => {
    const server = limited();
    const ada = await registerAccount(server.url);
    const guesses = Array.from({ length: 20 }, (_, index) => sudo(server, ada, { password: `guess ${index}` }));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 403)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
  });

  test("at the sign-in by somebody else do not stop the owner", async () => {
    const server = limited();
    const ada = await registerAccount(server.url);
    expect(await failLogins(server.url, ada.email, 6)).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await sudo(server, ada, { password: ada.password })).status).toBe(200);
  });

  test("have a limit for each user, across sessions", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_PASSWORD_PROOFS_PER_USER_PER_HOUR: "3" } });
    const ada = await registerAccount(server.url);
    const { body } = await login(server.url, { identifier: ada.email, password: ada.password });
    const statuses: number[] = [];
    for (const tokens of [ada, body.session, ada, body.session]) {
      statuses.push((await sudo(server, tokens, { magicLinkToken: "x".repeat(43) })).status);
    }
    expect(statuses).toEqual([400, 400, 400, 429]);
  });
});

describe("auth.sudo by a link", () => {
  test("opens procedures that require a recent proof, once, also for an account without a password", async () => {
    const server = shared();
    const ada = await registerProven(server);
    await server.gatehouse.deps.db.deleteFrom("password").execute();
    const tokens = await waitLong(server, ada);
    const magicLinkToken = await askForLink(server, ada.email);
    expect((await sudo(server, tokens, { magicLinkToken })).status).toBe(200);
    expect((await openVault(server, tokens)).status).toBe(200);
    const again = await sudo(server, tokens, { magicLinkToken });
    expect([again.status, again.body.code]).toEqual([400, "MAGIC_LINK_INVALID"]);
  });

  test("refuses another user's link like any wrong one, and the link still works for its owner", async () => {
    const server = shared();
    const [ada, bob] = [await registerProven(server), await registerProven(server)];
    const tokens = await waitLong(server, bob);
    const magicLinkToken = await askForLink(server, ada.email);
    for (const token of [magicLinkToken, "x".repeat(43), "", "\0"]) {
      const refused = await sudo(server, tokens, { magicLinkToken: token });
      expect([refused.status, refused.body.code]).toEqual([400, "MAGIC_LINK_INVALID"]);
    }
    expect((await openVault(server, tokens)).status).toBe(403);
    expect((await sudo(server, await refresh(server, ada.refreshToken), { magicLinkToken })).status).toBe(200);
  });

  test("refuses a link to an unproven address, where signing in by it decides who owns the account", async () => {
    const server = shared();
    const mallory = await registerAccount(server.url, { email: "victim@example.com" });
    const magicLinkToken = await askForLink(server, mallory.email);
    expect((await sudo(server, mallory, { magicLinkToken })).body.code).toBe("MAGIC_LINK_INVALID");
    const body = { token: magicLinkToken };
    expect((await rest(server.url, "/v1/auth/magic-link/verify", { body })).status).toBe(200);
    expect((await openVault(server, mallory)).status).toBe(401);
  });

  test("vouches for the account: what is set up stays at the next magic link and the next new password", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const token = await receiveToken(server, ada.email, "verify-email");
    await rest(server.url, "/v1/auth/email/verify", { body: { token } });
    await settle(server);
    expect((await sudo(server, ada, { magicLinkToken: await askForLink(server, ada.email) })).status).toBe(200);
    await rest(server.url, "/v1/auth/magic-link", { body: { email: ada.email } });
    await settle(server);
    const link = { token: await receiveToken(server, ada.email, "magic-link") };
    expect((await rest(server.url, "/v1/auth/magic-link/verify", { body: link })).status).toBe(200);
    expect((await openVault(server, ada)).status).toBe(200);
    expect((await login(server.url, { identifier: ada.email, password: ada.password })).status).toBe(200);
  });

  test("does not vouch for the account in a session that has ended", async () => {
    const server = shared();
    const mallory = await registerAccount(server.url);
    const token = await receiveToken(server, mallory.email, "verify-email");
    await rest(server.url, "/v1/auth/email/verify", { body: { token } });
    await settle(server);
    const magicLinkToken = await askForLink(server, mallory.email);
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: mallory.accessToken });
    expect((await sudo(server, mallory, { magicLinkToken })).status).toBe(401);
    const link = { token: magicLinkToken };
    expect((await rest(server.url, "/v1/auth/magic-link/verify", { body: link })).status).toBe(200);
    expect((await login(server.url, { identifier: mallory.email, password: mallory.password })).status).toBe(401);
  });

  test("refuses an expired link, and one for another purpose", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const tokens = await waitLong(server, ada);
    const expired = await askForLink(server, ada.email);
    server.clock.advance(15 * minute);
    const renewed = await refresh(server, tokens.refreshToken);
    await rest(server.url, "/v1/auth/password/forgot", { body: { email: ada.email } });
    const foreign = await receiveToken(server, ada.email, "reset-password");
    for (const magicLinkToken of [expired, foreign]) {
      expect((await sudo(server, renewed, { magicLinkToken })).body.code).toBe("MAGIC_LINK_INVALID");
    }
  });

  test("accepts one link once, when two sessions use it at the same time", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { body } = await login(server.url, { identifier: ada.email, password: ada.password });
    const sessions = [await waitLong(server, ada), await refresh(server, body.session.refreshToken)];
    const magicLinkToken = await askForLink(server, ada.email);
    const proofs = await Promise.all(sessions.map((tokens) => sudo(server, tokens, { magicLinkToken })));
    expect(proofs.map(({ status }) => status).toSorted()).toEqual([200, 400]);
    const opened = await Promise.all(sessions.map((tokens) => openVault(server, tokens)));
    expect(opened.map(({ status }) => status).toSorted()).toEqual([200, 403]);
  });
});
