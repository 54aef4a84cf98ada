import { describe, expect, test } from "vitest";
import { signInWithCookies } from "../support/cookies.ts";
import { newInstallationId } from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { appAddress, codeInAddress, exchange, handOver, newPkce } from "../support/sign-in-codes.ts";

const minuteSeconds = 60;

async function startWithCode() {
  const server = await startGatehouse();
  const page = await signInWithCookies(server.url);
  const pkce = newPkce();
  const { status, body } = await handOver(server.url, { ...pkce, headers: page.headers });
  expect(status).toBe(201);
  return { server, page, pkce, code: codeInAddress(body.redirectTo), redirectTo: body.redirectTo };
}

const isLive = async (url: string, token: string) => (await rest(url, "/v1/users/me", { token })).status === 200;

describe("a page hands its sign-in over to an app", () => {
  test("which gets a session of its own, on its device, proven by the same methods", async () => {
    const { server, page, pkce, code } = await startWithCode();
    await using _server = server;
    const device = { installationId: newInstallationId(), platform: "ios" };
    const { status, body } = await exchange(server.url, { ...pkce, code, device });
    expect([status, body.status, body.user.email, body.deviceStatus]).toEqual([200, "signed_in", page.email, "linked"]);
    expect(body.session.id).not.toBe(page.sessionId);
    const answer = await rest(server.url, "/v1/auth/status", { token: body.session.accessToken });
    expect(answer.body.session.methods).toEqual(["pwd"]);
  });

  test("at the address that it named, with the code and no token", async () => {
    const { server, redirectTo } = await startWithCode();
    await using _server = server;
    const url = new URL(redirectTo);
    expect([`${url.origin}${url.pathname}`, [...url.searchParams.keys()]]).toEqual([appAddress, ["code"]]);
  });

  test("and the new session counts as no more recently authenticated than the page", async () => {
    const { server, page, pkce } = await startWithCode();
    await using _server = server;
    const before = await rest(server.url, "/v1/auth/status", { headers: page.headers });
    server.clock.advance(5 * minuteSeconds);
    const { body } = await handOver(server.url, { ...pkce, headers: page.headers });
    const exchanged = await exchange(server.url, { ...pkce, code: codeInAddress(body.redirectTo) });
    const after = await rest(server.url, "/v1/auth/status", { token: exchanged.body.session.accessToken });
    expect(after.body.session.authenticatedAt).toBe(before.body.session.authenticatedAt);
  });

  test("with cookies, if the app asks for them", async () => {
    const { server, page, pkce, code } = await startWithCode();
    await using _server = server;
    const body = { code, codeVerifier: pkce.verifier, transport: "cookie" };
    const { origin = "" } = page.headers;
    const answer = await rest(server.url, "/v1/auth/sign-in-codes/exchange", { body, headers: { origin } });
    expect(answer.headers.getSetCookie()).toHaveLength(2);
    expect(answer.body.session).not.toHaveProperty("refreshToken");
  });
});

describe("a code is refused", () => {
  test("with another verifier, which does not use it up", async () => {
    const { server, pkce, code } = await startWithCode();
    await using _server = server;
    expect((await exchange(server.url, { ...newPkce(), code })).body.code).toBe("SIGN_IN_CODE_INVALID");
    expect((await exchange(server.url, { ...pkce, code })).status).toBe(200);
  });

  test("after a minute", async () => {
    const { server, pkce, code } = await startWithCode();
    await using _server = server;
    server.clock.advance(minuteSeconds);
    expect((await exchange(server.url, { ...pkce, code })).body.code).toBe("SIGN_IN_CODE_INVALID");
  });

  test("the second time, and the session that it gave ends", async () => {
    const { server, pkce, code, page } = await startWithCode();
    await using _server = server;
    const first = await exchange(server.url, { ...pkce, code });
    const { accessToken } = first.body.session;
    expect((await exchange(server.url, { ...newPkce(), code })).body.code).toBe("SIGN_IN_CODE_INVALID");
    expect(await isLive(server.url, accessToken)).toBe(true);
    expect((await exchange(server.url, { ...pkce, code })).body.code).toBe("SIGN_IN_CODE_INVALID");
    expect(await isLive(server.url, accessToken)).toBe(false);
    expect((await rest(server.url, "/v1/users/me", { headers: page.headers })).status).toBe(200);
  });

  test("of twenty that present it at once to all but one, at most", async () => {
    const { server, pkce, code } = await startWithCode();
    await using _server = server;
    const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(server.url, { ...pkce, code })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
  });

  test("once the page has signed out", async () => {
    const { server, page, pkce, code } = await startWithCode();
    await using _server = server;
    await rest(server.url, "/v1/auth/logout", { method: "POST", headers: page.headers });
    expect((await exchange(server.url, { ...pkce, code })).body.code).toBe("SIGN_IN_CODE_INVALID");
  });

  test("once every session of the user has ended", async () => {
    const { server, page, pkce, code } = await startWithCode();
    await using _server = server;
    const { body } = await login(server.url, { identifier: page.email, password: page.password });
    const { accessToken: token } = body.session;
    await rest(server.url, "/v1/auth/logout-all", { method: "POST", token });
    expect((await exchange(server.url, { ...pkce, code })).body.code).toBe("SIGN_IN_CODE_INVALID");
  });
});

describe("no code is issued", () => {
  test("to a caller who has only an access token", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    const { body } = await handOver(server.url, { ...newPkce(), headers: { authorization: `Bearer ${accessToken}` } });
    expect(body.code).toBe("REFRESH_TOKEN_INVALID");
  });

  test("with the refresh token of another session", async () => {
    await using server = await startGatehouse();
    const [page, other] = [await signInWithCookies(server.url), await signInWithCookies(server.url)];
    const cookie = `__Host-gatehouse-access=${page.access}; __Host-gatehouse-refresh=${other.refresh}`;
    const { body } = await handOver(server.url, { ...newPkce(), headers: { ...page.headers, cookie } });
    expect(body.code).toBe("REFRESH_TOKEN_INVALID");
  });

  test("for an address that the server does not allow", async () => {
    await using server = await startGatehouse({ environment: { ALLOWED_REDIRECTS: "https://app.example.com/done" } });
    const page = await signInWithCookies(server.url);
    const { body } = await handOver(server.url, { ...newPkce(), headers: page.headers });
    expect(body.code).toBe("REDIRECT_NOT_ALLOWED");
  });

  test("to a page of a foreign origin", async () => {
    await using server = await startGatehouse();
    const page = await signInWithCookies(server.url);
    const headers = { ...page.headers, origin: "https://evil.example" };
    expect((await handOver(server.url, { ...newPkce(), headers })).body.code).toBe("ORIGIN_NOT_ALLOWED");
  });
});
