import { describe, expect, test } from "vitest";
import { accessCookie, pageOrigin, refreshCookie, send, signInWithCookies } from "../support/cookies.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

/** Nothing of it was taken for an attack or a logout: the session goes on where it was. */
async function expectUntouched(server: TestGatehouse, refreshToken: string): Promise<void> {
  const { status, body } = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken } });
  expect([status, body.session?.refreshToken.split(".")[1]]).toEqual([200, "1"]);
}

const codeOf = (body: { code?: string; error?: { json: { data: { code: string } } } }) =>
  body.code ?? body.error?.json.data.code;

const shared = shareGatehouse();

describe("two cookies of one name", () => {
  test.each([
    ["GET", "/v1/users/me"],
    ["GET", "/rpc/user.me"],
    ["PATCH", "/v1/users/me"],
    ["POST", "/v1/auth/refresh"],
    ["POST", "/rpc/auth.refresh"],
    ["POST", "/v1/auth/logout"],
    ["POST", "/v1/auth/logout-all"],
  ])("are refused at %s %s, whichever comes first, and end nothing", async (method, path) => {
    const server = shared();
    const [ada, bob] = [await signInWithCookies(server.url), await signInWithCookies(server.url)];
    const own = ada.headers["cookie"];
    const other = bob.headers["cookie"];
    for (const cookie of [`${own}; ${other}`, `${other};${own}`, `${own}; ${own}`, `${own} ;\t${other}`]) {
      const input = method === "GET" ? {} : { body: path.startsWith("/rpc") ? { json: undefined } : {} };
      const answer = await rest(server.url, path, { method, ...input, headers: { cookie, origin: pageOrigin } });
      expect([answer.status, codeOf(answer.body)]).toEqual([400, "INVALID_REQUEST"]);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    await expectUntouched(server, ada.refresh);
    await expectUntouched(server, bob.refresh);
  });

  test("are ignored when they are not Gatehouse's cookies", async () => {
    const server = shared();
    const ada = await signInWithCookies(server.url);
    const headers = { cookie: `theme=dark; ${ada.headers["cookie"]}; theme=light; =; ;x` };
    expect((await rest(server.url, "/v1/users/me", { headers })).status).toBe(200);
  });
});

test.each([
  ["one cookie", (size: number) => `${accessCookie}=${"a".repeat(size)}`],
  ["many cookies", (size: number) => Array.from({ length: size / 10 }, (_, index) => `c${index}=12345`).join("; ")],
])("64 kB of %s get a clear 431", async (_what, cookiesOf) => {
  const server = shared();
  for (const path of ["/v1/users/me", "/rpc/user.me"]) {
    const { status, body } = await rest(server.url, path, { headers: { cookie: cookiesOf(65_536) } });
    expect([status, body.code]).toEqual([431, "HEADERS_TOO_LARGE"]);
  }
});

test.each(["", "x", "a.b.c", "%00", '"quoted"', "é", "a".repeat(8000), "null", "undefined"])(
  "a cookie that is no token (%j) gets a clear 401 at once",
  async (value) => {
    const server = shared();
    const headers = send({ [accessCookie]: value, [refreshCookie]: value });
    for (const path of ["/v1/users/me", "/rpc/user.me"]) {
      const { status, body } = await rest(server.url, path, { headers });
      expect([status, codeOf(body)]).toEqual([401, "ACCESS_TOKEN_INVALID"]);
    }
    const { status, body } = await rest(server.url, "/v1/auth/refresh", { method: "POST", headers });
    expect([status, body.code]).toEqual([401, "REFRESH_TOKEN_INVALID"]);
  },
);

describe("a token in the wrong place", () => {
  test("is refused, and the session goes on", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { accessToken, refreshToken } = ada;
    const places: readonly [string, Parameters<typeof rest>[2], number, string][] = [
      ["/v1/auth/refresh", { body: { refreshToken: accessToken } }, 401, "REFRESH_TOKEN_INVALID"],
      ["/v1/auth/refresh", { body: { accessToken } }, 400, "INVALID_INPUT"],
      ["/v1/auth/refresh", { method: "POST", token: refreshToken }, 401, "REFRESH_TOKEN_INVALID"],
      [`/v1/auth/refresh?refreshToken=${refreshToken}`, { method: "POST" }, 400, "INVALID_INPUT"],
      ["/v1/users/me", { token: refreshToken }, 401, "ACCESS_TOKEN_INVALID"],
      ["/v1/users/me", { headers: { authorization: accessToken } }, 401, "ACCESS_TOKEN_INVALID"],
      ["/v1/users/me", { headers: { "x-access-token": accessToken } }, 401, "UNAUTHENTICATED"],
      ["/v1/users/me", { headers: send({ accessToken, token: accessToken }) }, 401, "UNAUTHENTICATED"],
      ["/v1/users/me", { headers: send({ [refreshCookie]: accessToken }) }, 401, "UNAUTHENTICATED"],
      ["/v1/users/me", { headers: send({ [accessCookie]: refreshToken }) }, 401, "ACCESS_TOKEN_INVALID"],
      [`/v1/users/me?access_token=${accessToken}`, {}, 401, "UNAUTHENTICATED"],
      [`/rpc/user.me?access_token=${accessToken}`, {}, 401, "UNAUTHENTICATED"],
      ["/v1/users/me", { method: "PATCH", body: { accessToken } }, 401, "UNAUTHENTICATED"],
      ["/v1/users/me", { method: "PATCH", token: accessToken, body: { accessToken } }, 400, "INVALID_INPUT"],
      ["/v1/auth/logout", { body: { refreshToken } }, 400, "INVALID_INPUT"],
    ];
    for (const [path, request, status, code] of places) {
      const answer = await rest(server.url, path, request);
      expect([path, request, answer.status, codeOf(answer.body)]).toEqual([path, request, status, code]);
    }
    await expectUntouched(server, refreshToken);
  });
});
