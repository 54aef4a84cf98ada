import { beforeEach, describe, expect, test } from "vitest";
import { addSeconds } from "../../packages/server/src/clock.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";

const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const password = "correct horse battery";

const post = (url: string, path: string, token: string) => rest(url, path, { method: "POST", token });

/** The tokens that a session starts with, at this moment. */
function tokensAt(now: Date) {
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000).toISOString();
  return {
    id: uuid,
    accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    accessTokenExpiresAt: after(15 * 60),
    refreshToken: expect.stringMatching(/^[0-9a-f-]{36}\.\d+\.[\w-]{43}$/),
    refreshTokenExpiresAt: after(90 * 24 * 60 * 60),
  };
}

const shared = shareGatehouse();
beforeEach(() => clearAccounts(shared()));

describe("GET /v1/ping", () => {
  test("answers pong", async () => {
    const server = shared();
    const { status, headers, body } = await rest(server.url, "/v1/ping");
    expect([status, headers.get("content-type"), body]).toEqual([
      200,
      "application/json; charset=utf-8",
      { message: "pong" },
    ]);
  });
});

describe("POST /v1/auth/register", () => {
  test("returns 201 with the new user, signed in", async () => {
    const server = shared();
    const now = server.clock.now().toISOString();
    const profile = {
      username: "ada",
      givenName: "Ada",
      familyName: "Lovelace",
      birthDate: "1990-12-10",
      locale: "en-GB",
      timeZone: "Europe/London",
    };
    const { status, body } = await rest(server.url, "/v1/auth/register", {
      body: { email: "Ada@Example.com", password, ...profile },
    });
    expect(status).toBe(201);
    const user = {
      id: uuid,
      email: "Ada@Example.com",
      emailVerified: false,
      ...profile,
      phone: null,
      phoneVerified: false,
      isAnonymous: false,
      avatarUrl: null,
      publicMetadata: {},
      status: "active",
      roles: [],
      createdAt: now,
      updatedAt: now,
    };
    const session = tokensAt(server.clock.now());
    expect(body).toEqual({ status: "signed_in", user, session, recovery: "email" });
  });

  test("returns every field of a user who gave none", async () => {
    const server = shared();
    const { body } = await rest(server.url, "/v1/auth/register", { body: { email: "ada@example.com", password } });
    const empty = { username: null, givenName: null, familyName: null, birthDate: null, locale: "en" };
    expect(body.user).toMatchObject(empty);
  });

  test("answers 409 EMAIL_TAKEN and 409 USERNAME_TAKEN, and makes no half of an account", async () => {
    const server = shared();
    await registerAccount(server.url, { username: "ada", email: "ada@example.com" });
    const email = await rest(server.url, "/v1/auth/register", { body: { email: "ada@example.com", password } });
    expect([email.status, email.body.code]).toEqual([409, "EMAIL_TAKEN"]);
    const taken = { email: "bob@example.com", password, username: "ADA" };
    const username = await rest(server.url, "/v1/auth/register", { body: taken });
    expect([username.status, username.body.code]).toEqual([409, "USERNAME_TAKEN"]);
    const login = await rest(server.url, "/v1/auth/login", { body: { identifier: "bob@example.com", password } });
    expect(login.status).toBe(401);
  });

  test("refuses a password that is too short or too long", async () => {
    const server = shared();
    for (const weak of ["1234567", "p".repeat(257), ""]) {
      const answer = await rest(server.url, "/v1/auth/register", {
        body: { email: "ada@example.com", password: weak },
      });
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, "password"]);
    }
  });

  test("accepts a password of any script, and recognises it in another normal form", async () => {
    const server = shared();
    const composed = "Jos\u00e9 came by train 山田 🔑 \t";
    await rest(server.url, "/v1/auth/register", { body: { email: "ada@example.com", password: composed } });
    for (const typed of [composed, composed.normalize("NFD")]) {
      const body = { identifier: "ada@example.com", password: typed };
      expect((await rest(server.url, "/v1/auth/login", { body })).status).toBe(200);
    }
    const spaced = { identifier: "ada@example.com", password: composed.trim() };
    expect((await rest(server.url, "/v1/auth/login", { body: spaced })).status).toBe(401);
  });
});

describe("POST /v1/auth/login", () => {
  test("signs in by email or username in any letter case, and returns the user and new tokens", async () => {
    const server = shared();
    const account = await registerAccount(server.url, { username: "Ada" });
    const sessions = new Set<string>();
    for (const identifier of [account.email, account.email.toUpperCase(), "Ada", "ada", "ADA"]) {
      const { status, body } = await rest(server.url, "/v1/auth/login", { body: { identifier, password } });
      expect([status, body.status, body.user.id]).toEqual([200, "signed_in", account.userId]);
      expect(body.session).toEqual(tokensAt(server.clock.now()));
      sessions.add(body.session.id);
    }
    expect(sessions.size).toBe(5);
  });

  test("answers 401 INVALID_CREDENTIALS with exactly this problem document", async () => {
    const server = shared();
    const { email: identifier } = await registerAccount(server.url);
    const body = { identifier, password: "wrong" };
    const answer = await rest(server.url, "/v1/auth/login", { body });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(answer.body).toEqual({
      type: "http://gatehouse.test/docs/errors/INVALID_CREDENTIALS",
      title: "The credentials are wrong",
      status: 401,
      detail: "The credentials are wrong",
      code: "INVALID_CREDENTIALS",
      requestId: answer.headers.get("x-request-id"),
    });
  });

  test("reports a disabled account to a caller with the right password, and signs nobody in", async () => {
    const server = shared();
    const account = await registerAccount(server.url);
    await server.database?.query(`update "user" set status = 'disabled'`);
    const body = { identifier: account.email, password };
    const answer = await rest(server.url, "/v1/auth/login", { body });
    if (server.database === undefined) return;
    expect([answer.status, answer.body.code]).toEqual([403, "ACCOUNT_DISABLED"]);
    expect((await rest(server.url, "/v1/users/me", { token: account.accessToken })).status).toBe(401);
  });
});

describe("POST /v1/auth/token", () => {
  const signIn = (url: string, credentials: string, body?: unknown) =>
    rest(url, "/v1/auth/token", {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
      ...(body === undefined ? {} : { body }),
    });

  test("signs in with HTTP Basic, with a body or without", async () => {
    const server = shared();
    const { email, userId } = await registerAccount(server.url);
    for (const body of [undefined, {}, { remember: false }]) {
      const answer = await signIn(server.url, `${email}:${password}`, body);
      expect([answer.status, answer.body.status, answer.body.user.id]).toEqual([200, "signed_in", userId]);
    }
  });

  test("accepts a password with colons and characters outside ASCII (RFC 7617)", async () => {
    const server = shared();
    const { email } = await registerAccount(server.url, { password: "a:b:c £ 🔑 four words" });
    expect((await signIn(server.url, `${email}:a:b:c £ 🔑 four words`)).status).toBe(200);
  });

  test("sends a challenge when credentials are missing or wrong", async () => {
    const server = shared();
    const challenge = 'Basic realm="gatehouse", charset="UTF-8"';
    const none = await rest(server.url, "/v1/auth/token", { method: "POST" });
    expect([none.status, none.body.code, none.headers.get("www-authenticate")]).toEqual([
      401,
      "UNAUTHENTICATED",
      challenge,
    ]);
    const wrong = await signIn(server.url, "ada@example.com:wrong");
    expect([wrong.status, wrong.body.code, wrong.headers.get("www-authenticate")]).toEqual([
      401,
      "INVALID_CREDENTIALS",
      challenge,
    ]);
  });

  test("names the field when credentials cannot be anybody's", async () => {
    const server = shared();
    const nul = await signIn(server.url, "ada\0:secret");
    expect([nul.status, nul.body.errors[0].path]).toEqual([400, "identifier"]);
    const long = await signIn(server.url, `ada:${"p".repeat(300)}`);
    expect([long.status, long.body.errors[0].path]).toEqual([400, "password"]);
  });
});

describe("POST /v1/auth/refresh", () => {
  test("returns the session's new tokens", async () => {
    const server = shared();
    const { refreshToken } = await registerAccount(server.url);
    server.clock.advance(60);
    const { status, body } = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken } });
    expect(status).toBe(200);
    expect(body).toEqual({ session: tokensAt(server.clock.now()) });
  });
});

describe("POST /v1/auth/logout", () => {
  test("answers 204 without a body, and ends this session only", async () => {
    const server = shared();
    const account = await registerAccount(server.url);
    const other = await rest(server.url, "/v1/auth/login", { body: { identifier: account.email, password } });
    const { status, headers, body } = await post(server.url, "/v1/auth/logout", account.accessToken);
    expect([status, headers.get("content-type"), body]).toEqual([204, null, undefined]);
    expect((await rest(server.url, "/v1/users/me", { token: account.accessToken })).status).toBe(401);
    expect((await rest(server.url, "/v1/users/me", { token: other.body.session.accessToken })).status).toBe(200);
    expect((await post(server.url, "/v1/auth/logout", account.accessToken)).status).toBe(401);
  });
});

describe("POST /v1/auth/logout-all", () => {
  test("answers 204 without a body, and ends every session of the user and of nobody else", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const other = await rest(server.url, "/v1/auth/login", { body: { identifier: ada.email, password } });
    const { status, body } = await post(server.url, "/v1/auth/logout-all", ada.accessToken);
    expect([status, body]).toEqual([204, undefined]);
    for (const token of [ada.accessToken, other.body.session.accessToken]) {
      expect((await rest(server.url, "/v1/auth/status", { token })).status).toBe(401);
    }
    const refresh = { body: { refreshToken: other.body.session.refreshToken } };
    expect((await rest(server.url, "/v1/auth/refresh", refresh)).status).toBe(401);
    expect((await rest(server.url, "/v1/auth/status", { token: bob.accessToken })).status).toBe(200);
  });
});

describe("GET /v1/auth/status", () => {
  test("returns the user and the session of the call", async () => {
    const server = shared();
    const registration = await rest(server.url, "/v1/auth/register", { body: { email: "ada@example.com", password } });
    const { user, session } = registration.body;
    const { status, body } = await rest(server.url, "/v1/auth/status", { token: session.accessToken });
    expect(status).toBe(200);
    const createdAt = server.clock.now().toISOString();
    const recentUntil = addSeconds(server.clock.now(), 15 * 60).toISOString();
    const proof = { methods: ["pwd"], aal: 1, authenticatedAt: createdAt, recentUntil, impersonated: false };
    expect(body).toEqual({
      user,
      session: { id: session.id, createdAt, expiresAt: session.refreshTokenExpiresAt, ...proof },
    });
  });
});

describe("GET /v1/users/me", () => {
  test("returns the signed-in user", async () => {
    const server = shared();
    const registration = await rest(server.url, "/v1/auth/register", { body: { email: "ada@example.com", password } });
    const { status, body } = await rest(server.url, "/v1/users/me", { token: registration.body.session.accessToken });
    expect([status, body]).toEqual([200, registration.body.user]);
  });
});
