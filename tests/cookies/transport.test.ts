import { describe, expect, test } from "vitest";
import { type Operation, operations, transports } from "../support/calls.ts";
import {
  accessCookie,
  cookiesSetBy,
  countSessions,
  pageOrigin,
  refreshCookie,
  send,
  signInWithCookies,
} from "../support/cookies.ts";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { receiveToken } from "../support/mailbox.ts";
import { addPasskey, askForSignIn, newAuthenticator } from "../support/passkeys.ts";
import { holdRegistration, withPhones } from "../support/phone-accounts.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { addAuthenticator, login } from "../support/second-factor.ts";
import { appAddress, codeInAddress, newPkce } from "../support/sign-in-codes.ts";
import { nativeSignIn } from "../support/social/native.ts";
import { shareServerWithProviders } from "../support/social/scene.ts";

const strict = ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"];

/** Of each way to sign in an input that succeeds, and the headers that it needs besides. */
const waysIn: Readonly<Record<string, (account: Account, server: TestGatehouse) => unknown>> = {
  "auth.register": () => ({ email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" }),
  "auth.anonymous": () => ({}),
  "auth.confirmRegistration": async (_account, server) => {
    const { registration, code } = await holdRegistration(server);
    return { registration, code };
  },
  "auth.mfa.verify": async (account, server) => {
    const { code } = await addAuthenticator(server, account.accessToken);
    return { challenge: (await login(server, account)).body.challenge, code: code() };
  },
  "auth.passkeys.login": async (account, server) => {
    const authenticator = newAuthenticator();
    await addPasskey(server, account, { authenticator });
    return { credential: authenticator.get(await askForSignIn(server)) };
  },
  "auth.login": ({ email, password }) => ({ identifier: email, password }),
  "auth.token": () => ({}),
  "auth.social.signIn": (_account, server) => nativeSignIn(server),
  "auth.signInCode.exchange": async ({ accessToken: token, refreshToken }, server) => {
    const { challenge: codeChallenge, verifier: codeVerifier } = newPkce();
    const body = { redirectTo: appAddress, codeChallenge, refreshToken };
    const answer = await rest(server.url, "/v1/auth/sign-in-codes", { token, body });
    return { code: codeInAddress(answer.body.redirectTo), codeVerifier };
  },
  "auth.magicLink.verify": async ({ email }, server) => {
    await rest(server.url, "/v1/auth/magic-link", { body: { email } });
    return { token: await receiveToken(server, email, "magic-link") };
  },
};

/** What the ways in that create an account say about its recovery. */
const recoveryAfter: Readonly<Record<string, object>> = {
  "auth.register": { recovery: "email" },
  "auth.confirmRegistration": { recovery: "sms" },
};

const signIns = operations.filter(({ fields }) => "transport" in fields);

async function prepare(server: TestGatehouse, { procedure }: Operation) {
  const account = await registerAccount(server.url);
  const input = await waysIn[procedure]?.(account, server);
  if (typeof input !== "object") throw new Error(`Say here how to sign in by ${procedure}`);
  const basic = { authorization: `Basic ${btoa(`${account.email}:${account.password}`)}` };
  return { input, headers: { origin: pageOrigin, ...(procedure === "auth.token" ? basic : {}) } };
}

const shared = shareServerWithProviders(withPhones);

describe.each(transports)("over $name", (transport) => {
  const call: typeof transport.send = (...given) => transport.send(...given);

  test.each(signIns)("$procedure leaves the tokens out of the body when cookies are asked for", async (operation) => {
    const server = shared();
    const { input, headers } = await prepare(server, operation);
    const answer = await call(server.url, operation, { ...input, transport: "cookie" }, headers);
    expect(answer.output).toEqual({
      status: "signed_in",
      user: expect.any(Object),
      session: {
        id: expect.any(String),
        issuedAt: expect.any(String),
        accessTokenExpiresAt: expect.any(String),
        refreshTokenExpiresAt: expect.any(String),
      },
      ...recoveryAfter[operation.procedure],
    });
    const { [accessCookie]: access, [refreshCookie]: refresh, ...others } = cookiesSetBy(answer);
    expect(others).toEqual({});
    expect(access?.attributes).toEqual([strict[0], "Max-Age=900", ...strict.slice(1)]);
    expect(refresh?.attributes).toEqual([strict[0], `Max-Age=${90 * 86_400}`, ...strict.slice(1)]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.text).not.toContain(access?.value);
    expect(answer.text).not.toContain(refresh?.value);
    const me = await rest(server.url, "/v1/users/me", { headers: { cookie: `${accessCookie}=${access?.value}` } });
    expect(me.status).toBe(200);
  });

  test.each(signIns)("$procedure sets no cookie unless asked", async (operation) => {
    const server = shared();
    for (const asked of [{}, { transport: "body" }]) {
      const { input, headers } = await prepare(server, operation);
      const answer = await call(server.url, operation, { ...input, ...asked }, headers);
      expect(answer.output).toMatchObject({ session: { accessToken: expect.any(String) } });
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  test("a refresh by the cookie sets new cookies, with which the session goes on", async () => {
    const server = shared();
    const ada = await signInWithCookies(server.url);
    server.clock.advance(1000);
    const answer = await call(server.url, operationOf("auth.refresh"), undefined, ada.headers);
    const cookies = cookiesSetBy(answer);
    expect(answer.output).toMatchObject({ session: { id: ada.sessionId } });
    expect(answer.text).not.toContain('Token":');
    expect(cookies[refreshCookie]?.value).not.toBe(ada.refresh);
    const renewed = send({ [accessCookie]: cookies[accessCookie]?.value ?? "" });
    expect((await rest(server.url, "/v1/users/me", { headers: renewed })).status).toBe(200);
  });

  test("a refresh whose cookies were lost sets the same ones days later, with the same attempt key", async () => {
    const server = shared();
    const ada = await signInWithCookies(server.url);
    const refresh = () =>
      call(server.url, operationOf("auth.refresh"), { attemptKey: "the-key-of-the-page" }, ada.headers);
    const lost = await refresh();
    server.clock.advance(3 * 24 * 60 * 60);
    const again = await refresh();
    expect(cookiesSetBy(again)[refreshCookie]?.value).toBe(cookiesSetBy(lost)[refreshCookie]?.value);
    expect(again.status).toBe(200);
  });

  test("a refresh with an attempt key of another form is refused, and the cookies stay", async () => {
    const server = shared();
    const ada = await signInWithCookies(server.url);
    const answer = await call(server.url, operationOf("auth.refresh"), { attemptKey: "short" }, ada.headers);
    expect([answer.status, answer.code, answer.headers.getSetCookie()]).toEqual([400, "INVALID_INPUT", []]);
    expect((await call(server.url, operationOf("auth.refresh"), undefined, ada.headers)).status).toBe(200);
  });

  test.each(["auth.logout", "auth.logoutAll"])("%s ends the session and clears the cookies", async (procedure) => {
    const server = shared();
    const ada = await signInWithCookies(server.url);
    const answer = await call(server.url, operationOf(procedure), undefined, ada.headers);
    expect(answer.status).toBeLessThan(300);
    expectCleared(answer);
    expect((await rest(server.url, "/v1/users/me", { headers: ada.headers })).body.code).toBe("ACCESS_TOKEN_INVALID");
    const refreshed = await rest(server.url, "/v1/auth/refresh", { method: "POST", headers: ada.headers });
    expect([refreshed.status, refreshed.body.code]).toEqual([401, "REFRESH_TOKEN_INVALID"]);
  });

  test("a logout by the refresh cookie alone ends the session, since the access cookie expires first", async () => {
    const server = shared();
    const ada = await signInWithCookies(server.url);
    server.clock.advance(1000);
    const left = send({ [refreshCookie]: ada.refresh });
    const answer = await call(server.url, operationOf("auth.logout"), undefined, left);
    expect(answer.status).toBeLessThan(300);
    expectCleared(answer);
    const refreshed = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: ada.refresh } });
    expect(refreshed.body.code).toBe("REFRESH_TOKEN_INVALID");
  });

  test("a refused logout or refresh clears the cookies of an ended session", async () => {
    const server = shared();
    const ada = await signInWithCookies(server.url);
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: ada.access });
    for (const procedure of ["auth.logout", "auth.refresh"]) {
      const answer = await call(server.url, operationOf(procedure), undefined, ada.headers);
      expect(answer.status).toBe(401);
      expectCleared(answer);
    }
  });

  test("the cookies stay when there are too many refreshes", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_REFRESHES_PER_IP_PER_MINUTE: "1" } });
    const ada = await signInWithCookies(server.url);
    await call(server.url, operationOf("auth.refresh"), undefined, ada.headers);
    const answer = await call(server.url, operationOf("auth.refresh"), undefined, ada.headers);
    expect([answer.code, answer.headers.getSetCookie()]).toEqual(["TOO_MANY_REQUESTS", []]);
  });
});

test("this test covers every procedure that takes a transport, and there are several", () => {
  expect(signIns.map(({ procedure }) => procedure).toSorted()).toEqual(Object.keys(waysIn).toSorted());
});

test("the cookies of a session with remember: false end with the browser, also after a refresh", async () => {
  const server = shared();
  const { email: identifier, password } = await registerAccount(server.url);
  const body = { identifier, password, remember: false, transport: "cookie" };
  const login = await rest(server.url, "/v1/auth/login", { body, headers: { origin: pageOrigin } });
  const refreshToken = cookiesSetBy(login)[refreshCookie]?.value ?? "";
  const headers = send({ [refreshCookie]: refreshToken });
  const refreshed = await rest(server.url, "/v1/auth/refresh", { method: "POST", headers });
  for (const answer of [login, refreshed]) {
    expect(Object.values(cookiesSetBy(answer)).map(({ attributes }) => attributes)).toEqual([strict, strict]);
  }
});

test.skipIf(postgresUnreachable)(
  "one call of a batch can set cookies, and a second one is refused before it does anything",
  async () => {
    const server = shared();
    const { email: identifier, password } = await registerAccount(server.url);
    const json = { identifier, password, transport: "cookie" };
    const answer = await rest(server.url, "/rpc/auth.login,auth.login?batch=1", {
      body: { 0: { json }, 1: { json } },
      headers: { origin: pageOrigin },
    });
    // They run at once, and either may be the first.
    const [one, other] = answer.body;
    const [signedIn, refused] = one.error === undefined ? [one, other] : [other, one];
    expect(refused.error.json.data).toMatchObject({ code: "INVALID_REQUEST", httpStatus: 400 });
    expect(signedIn.result.data.json.session.id).toBe(sessionIn(cookiesSetBy(answer)[refreshCookie]?.value));
    expect(await countSessions(server, identifier)).toEqual([{ count: 2 }]);
  },
);

test("no token of a cookie reaches the log at trace level", async () => {
  const log: string[] = [];
  await using server = await startGatehouse({ onLog: (line) => log.push(line), environment: { LOG_LEVEL: "trace" } });
  const ada = await signInWithCookies(server.url);
  const refreshed = await rest(server.url, "/v1/auth/refresh", { method: "POST", headers: ada.headers });
  await rest(server.url, "/v1/auth/refresh", { method: "POST", headers: { ...ada.headers, origin: "null" } });
  await rest(server.url, "/v1/auth/logout", { method: "POST", headers: ada.headers });
  await rest(server.url, "/v1/auth/refresh", { method: "POST", headers: ada.headers });
  await server.gatehouse.close();
  const newer = Object.values(cookiesSetBy(refreshed)).map(({ value }) => value);
  expect(newer).toHaveLength(2);
  expect(log.filter((line) => line.includes("/v1/auth/refresh"))).toHaveLength(3);
  for (const token of [ada.access, ada.refresh, ...newer]) expect(log.join()).not.toContain(token);
});

test.skipIf(postgresUnreachable)(
  "a streamed call that would set cookies is refused before anything is done",
  async () => {
    const server = shared();
    const { email: identifier, password } = await registerAccount(server.url);
    const response = await fetch(new URL("/rpc/auth.login?batch=1", server.url), {
      method: "POST",
      headers: { "content-type": "application/json", "trpc-accept": "application/jsonl", origin: pageOrigin },
      body: JSON.stringify({ 0: { json: { identifier, password, transport: "cookie" } } }),
    });
    expect(await response.text()).toContain('"code":"INVALID_REQUEST"');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await countSessions(server, identifier)).toEqual([{ count: 1 }]);
  },
);

function operationOf(name: string): Operation {
  const operation = operations.find(({ procedure }) => procedure === name);
  if (operation === undefined) throw new Error(`There is no ${name}`);
  return operation;
}

function expectCleared(answer: { readonly headers: Headers }): void {
  const gone = { value: "", attributes: [strict[0], "Max-Age=0", ...strict.slice(1)] };
  expect(cookiesSetBy(answer)).toEqual({ [accessCookie]: gone, [refreshCookie]: gone });
}

/** A refresh token begins with the id of its session. */
function sessionIn(refreshToken: string | undefined): string | undefined {
  return refreshToken?.split(".")[0];
}
