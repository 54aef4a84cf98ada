import { describe, expect, test } from "vitest";
import { accessCookie, countSessions, pageOrigin, refreshCookie, send, signInWithCookies } from "../support/cookies.ts";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const app = "https://app.example.com";

/** Headers of pages that may not use cookies, and of callers that are no page. */
const foreign: readonly [string, Readonly<Record<string, string>>][] = [
  ["another site", { origin: "https://evil.example" }],
  ["a sandboxed frame", { origin: "null" }],
  ["a subdomain", { origin: "https://evil.app.example.com" }],
  ["the same host by HTTP", { origin: "http://app.example.com" }],
  ["the same host on another port", { origin: "https://app.example.com:8443" }],
  ["an origin that begins alike", { origin: "https://app.example.com.evil.example" }],
  ["two origins", { origin: `${app}, https://evil.example` }],
  ["a wildcard", { origin: "*" }],
  ["another origin that claims to be the same", { origin: "https://evil.example", "sec-fetch-site": "same-origin" }],
  ["another origin of the site, without Origin", { "sec-fetch-site": "same-site" }],
  ["another site, without Origin", { "sec-fetch-site": "cross-site" }],
  ["nobody", {}],
];

const calls = [
  ["POST", "/v1/auth/refresh"],
  ["POST", "/v1/auth/logout"],
  ["POST", "/v1/auth/logout-all"],
  ["PATCH", "/v1/users/me"],
  ["DELETE", "/v1/devices/some-installation"],
  ["POST", "/rpc/auth.refresh"],
  ["POST", "/rpc/auth.logout"],
] as const;

const shared = shareGatehouse();
const sharedWithApp = shareGatehouse({ environment: { CORS_ORIGINS: app } });

describe("a call that changes something", () => {
  test("is refused with cookies when no allowed page sends it, and changes nothing", async () => {
    const server = sharedWithApp();
    const ada = await signInWithCookies(server.url);
    const cookie = ada.headers["cookie"] ?? "";
    for (const [who, headers] of foreign) {
      for (const [method, path] of calls) {
        const body = path.startsWith("/rpc") ? { json: undefined } : {};
        const { status, ...answer } = await rest(server.url, path, { method, body, headers: { ...headers, cookie } });
        const code = answer.body.code ?? answer.body.error.json.data.code;
        const expected = [who, path, 403, "ORIGIN_NOT_ALLOWED", []];
        expect([who, path, status, code, answer.headers.getSetCookie()]).toEqual(expected);
      }
    }
    expect((await rest(server.url, "/v1/auth/status", { headers: { cookie } })).body.session.id).toBe(ada.sessionId);
    const refreshed = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: ada.refresh } });
    expect(refreshed.body.session.refreshToken).toMatch(/\.1\./);
  });

  test.skipIf(postgresUnreachable)("gets no cookies by a sign-in there, and no session begins", async () => {
    const server = sharedWithApp();
    const { email: identifier, password } = await registerAccount(server.url);
    const body = { identifier, password, transport: "cookie" };
    for (const [who, headers] of foreign) {
      const answer = await rest(server.url, "/v1/auth/login", { body, headers });
      const expected = [who, 403, "ORIGIN_NOT_ALLOWED", []];
      expect([who, answer.status, answer.body.code, answer.headers.getSetCookie()]).toEqual(expected);
      expect(answer.body.detail).toContain("CORS_ORIGINS");
    }
    expect(await countSessions(server, identifier)).toEqual([{ count: 1 }]);
  });

  test("is answered for the server's own pages and for origins that the operator names", async () => {
    const server = sharedWithApp();
    const ada = await signInWithCookies(server.url);
    const cookie = ada.headers["cookie"] ?? "";
    for (const page of [{ origin: pageOrigin }, { origin: app }, { "sec-fetch-site": "same-origin" }]) {
      const givenName = JSON.stringify(page);
      const headers = { ...page, cookie };
      const changed = await rest(server.url, "/v1/users/me", { method: "PATCH", body: { givenName }, headers });
      expect([changed.status, changed.body.givenName]).toEqual([200, givenName]);
    }
  });
});

test("* allows no origin to use cookies", async () => {
  await using server = await startGatehouse({ environment: { CORS_ORIGINS: "*" } });
  const ada = await signInWithCookies(server.url);
  const headers = { ...ada.headers, origin: app };
  expect((await rest(server.url, "/v1/auth/refresh", { method: "POST", headers })).body.code).toBe(
    "ORIGIN_NOT_ALLOWED",
  );
});

describe("in development", () => {
  const logged: string[] = [];
  const inDevelopment = shareGatehouse({
    environment: { NODE_ENV: "development" },
    onLog: (line) => logged.push(line),
  });
  const signInFrom = async (origin: string) => {
    const { email: identifier, password } = await registerAccount(inDevelopment().url);
    const body = { identifier, password, transport: "cookie" };
    return await rest(inDevelopment().url, "/v1/auth/login", { body, headers: { origin } });
  };

  test("pages of every port of this machine may use cookies, and read the answer", async () => {
    for (const origin of ["http://localhost:5173", "http://localhost", "https://127.0.0.1:3001", "http://[::1]:8081"]) {
      const { status, headers } = await signInFrom(origin);
      expect([origin, status, headers.getSetCookie().length]).toEqual([origin, 200, 2]);
      const answered = ["access-control-allow-origin", "access-control-allow-credentials"].map((name) =>
        headers.get(name),
      );
      expect(answered).toEqual([origin, "true"]);
      expect(headers.get("vary")).toContain("Origin");
    }
  });

  test("other pages may not, and the log names the setting that lets one in", async () => {
    const strangers = [
      ...["https://evil.example", "http://localhost.evil.example", "http://localhost:5173.evil.example", "null"],
      ...["http://localhost:5173@evil.example", "http://evillocalhost:5173", "file://localhost", "*"],
    ];
    for (const origin of strangers) {
      logged.length = 0;
      const { status, headers, body } = await signInFrom(origin);
      expect([origin, status, body.code, headers.getSetCookie()]).toEqual([origin, 403, "ORIGIN_NOT_ALLOWED", []]);
      expect(headers.get("access-control-allow-credentials")).toBeNull();
      expect(logged.map((line) => JSON.parse(line))).toContainEqual(
        expect.objectContaining({ level: 40, origin, msg: expect.stringContaining("CORS_ORIGINS") }),
      );
    }
  });
});

test("a call without cookies needs no origin", async () => {
  const server = shared();
  const { accessToken: token, email: identifier, password } = await registerAccount(server.url);
  const headers = { origin: "https://evil.example" };
  expect((await rest(server.url, "/v1/users/me", { method: "PATCH", body: {}, token, headers })).status).toBe(200);
  expect((await rest(server.url, "/v1/auth/login", { body: { identifier, password }, headers })).status).toBe(200);
});

test("a mutation cannot be called by GET, which sends no Origin", async () => {
  const server = shared();
  const ada = await signInWithCookies(server.url);
  const cookie = ada.headers["cookie"] ?? "";
  for (const path of ["/rpc/auth.logout", "/rpc/auth.refresh", "/v1/auth/logout", "/v1/auth/refresh"]) {
    expect((await rest(server.url, path, { headers: { cookie } })).status).toBe(405);
  }
  expect((await rest(server.url, "/v1/auth/status", { headers: { cookie } })).status).toBe(200);
});

test("CORS allows cookies for named origins and no others", async () => {
  const server = sharedWithApp();
  for (const [origin, allows] of [
    [app, "true"],
    ["https://evil.example", null],
  ] as const) {
    const preflight = { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } };
    for (const answer of [
      await rest(server.url, "/v1/auth/login", preflight),
      await rest(server.url, "/rpc/auth.login", preflight),
      await rest(server.url, "/v1/ping", { headers: { origin } }),
      await rest(server.url, "/v1/nobody", { headers: { origin } }),
    ]) {
      expect(answer.headers.get("access-control-allow-credentials")).toBe(allows);
    }
  }
});

describe("credentials that contradict each other", () => {
  test("a cookie and another token in the body are refused, and neither is used up", async () => {
    const server = shared();
    const [ada, bob] = [await signInWithCookies(server.url), await registerAccount(server.url)];
    for (const path of ["/v1/auth/refresh", "/rpc/auth.refresh"]) {
      const given = { refreshToken: bob.refreshToken };
      const body = path.startsWith("/rpc") ? { json: given } : given;
      const answer = await rest(server.url, path, { body, headers: ada.headers });
      const code = answer.body.code ?? answer.body.error.json.data.code;
      expect([answer.status, code, answer.headers.getSetCookie()]).toEqual([400, "CREDENTIALS_CONFLICT", []]);
    }
    for (const refreshToken of [ada.refresh, bob.refreshToken]) {
      const { status, body } = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken } });
      expect([status, body.session?.refreshToken.split(".")[1]]).toEqual([200, "1"]);
    }
  });

  test("the same token in cookie and body gets cookies in return", async () => {
    const server = shared();
    const ada = await signInWithCookies(server.url);
    const body = { refreshToken: ada.refresh };
    const answer = await rest(server.url, "/v1/auth/refresh", { body, headers: ada.headers });
    expect([answer.status, answer.body.session.refreshToken]).toEqual([200, undefined]);
    expect(answer.headers.getSetCookie()).toHaveLength(2);
  });

  test("a cookie and another token in the header are refused, and both sessions go on", async () => {
    const server = shared();
    const [ada, bob] = [await signInWithCookies(server.url), await registerAccount(server.url)];
    for (const [method, path] of [
      ["GET", "/v1/users/me"],
      ["GET", "/rpc/user.me"],
      ["POST", "/v1/auth/logout"],
      ["POST", "/v1/auth/logout-all"],
    ] as const) {
      const answer = await rest(server.url, path, { method, token: bob.accessToken, headers: ada.headers });
      const code = answer.body.code ?? answer.body.error.json.data.code;
      expect([path, answer.status, code]).toEqual([path, 400, "CREDENTIALS_CONFLICT"]);
    }
    expect((await rest(server.url, "/v1/users/me", { headers: ada.headers })).status).toBe(200);
    expect((await rest(server.url, "/v1/users/me", { token: bob.accessToken })).status).toBe(200);
  });

  test("the same token in cookie and header counts as one credential", async () => {
    const server = shared();
    const ada = await signInWithCookies(server.url);
    expect((await rest(server.url, "/v1/users/me", { token: ada.access, headers: ada.headers })).status).toBe(200);
  });

  test("a logout by the header does not end the session of a refresh cookie", async () => {
    const server = shared();
    const [ada, bob] = [await signInWithCookies(server.url), await registerAccount(server.url)];
    const headers = send({ [refreshCookie]: ada.refresh });
    const answer = await rest(server.url, "/v1/auth/logout", { method: "POST", token: bob.accessToken, headers });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, []]);
    expect((await rest(server.url, "/v1/users/me", { token: bob.accessToken })).status).toBe(401);
    const left = send({ [accessCookie]: ada.access });
    expect((await rest(server.url, "/v1/users/me", { headers: left })).status).toBe(200);
  });
});
