import { describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { receiveToken } from "../support/mailbox.ts";
import { type Account, type RestResponse, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const hour = 3600;

/** Lifetimes that are unlike each other and unlike the defaults, in seconds. */
const short = { idleSeconds: 2 * hour, ttlSeconds: 5 * hour };
const long = { idleSeconds: 10 * hour, ttlSeconds: 24 * hour };

const environment = {
  SESSION_IDLE_SECONDS: String(short.idleSeconds),
  SESSION_TTL_SECONDS: String(short.ttlSeconds),
  REMEMBERED_SESSION_IDLE_SECONDS: String(long.idleSeconds),
  REMEMBERED_SESSION_TTL_SECONDS: String(long.ttlSeconds),
};

/** Every way to sign in; each takes `remember`. */
const waysIn: Readonly<
  Record<string, (server: TestGatehouse, account: Account, fields: object) => Promise<RestResponse>>
> = {
  password: ({ url }, { email, password }, fields) => login(url, { identifier: email, password, ...fields }),
  "HTTP Basic": ({ url }, { email, password }, body) =>
    rest(url, "/v1/auth/token", { body, headers: { authorization: `Basic ${btoa(`${email}:${password}`)}` } }),
  "magic link": async (server, { email }, fields) => {
    await rest(server.url, "/v1/auth/magic-link", { body: { email } });
    const token = await receiveToken(server, email, "magic-link");
    return await rest(server.url, "/v1/auth/magic-link/verify", { body: { token, ...fields } });
  },
};

const refresh = (url: string, refreshToken: string) => rest(url, "/v1/auth/refresh", { body: { refreshToken } });

const cases = Object.keys(waysIn).flatMap((way) => [
  { way, fields: { remember: false }, lifetime: short },
  { way, fields: { remember: true }, lifetime: long },
  { way, fields: {}, lifetime: long },
]);

const shared = shareGatehouse({ environment });

describe.each(cases)("a session by $way with $fields", ({ way, fields, lifetime: { idleSeconds, ttlSeconds } }) => {
  async function start(server: TestGatehouse): Promise<{ refreshToken: string; accessToken: string }> {
    const answer = await waysIn[way]?.(server, await registerAccount(server.url), fields);
    expect(answer?.status).toBe(200);
    return answer?.body.session;
  }

  test("ends when it is not used for its idle time, and not before", async () => {
    const server = shared();
    const [used, unused] = [await start(server), await start(server)];
    server.clock.advance(idleSeconds - 1);
    expect((await refresh(server.url, used.refreshToken)).status).toBe(200);
    server.clock.advance(1);
    const { status, body } = await refresh(server.url, unused.refreshToken);
    expect([status, body.code]).toEqual([401, "REFRESH_TOKEN_INVALID"]);
  });

  test("goes on while it is used, until its absolute lifetime, which its last tokens show and respect", async () => {
    const server = shared();
    const endsAt = server.clock.now().getTime() + ttlSeconds * 1000;
    let session = await start(server);
    const step = idleSeconds - 1;
    for (let elapsed = step; elapsed < ttlSeconds; elapsed += step) {
      server.clock.advance(step);
      const { status, body } = await refresh(server.url, session.refreshToken);
      expect(status).toBe(200);
      session = body.session;
      const expiresAt = Math.min(server.clock.now().getTime() + idleSeconds * 1000, endsAt);
      expect(body.session.refreshTokenExpiresAt).toBe(new Date(expiresAt).toISOString());
    }
    server.clock.advance((endsAt - server.clock.now().getTime()) / 1000);
    expect((await refresh(server.url, session.refreshToken)).status).toBe(401);
    expect((await rest(server.url, "/v1/users/me", { token: session.accessToken })).status).toBe(401);
  });
});

describe("a call without a refresh", () => {
  test("does not prolong the session: only refreshes count", async () => {
    await using server = await startGatehouse({ environment: { ...environment, ACCESS_TOKEN_TTL_SECONDS: "3600" } });
    const { email, password } = await registerAccount(server.url);
    const { session } = (await login(server.url, { identifier: email, password, remember: false })).body;
    server.clock.advance(hour - 1);
    expect((await rest(server.url, "/v1/users/me", { token: session.accessToken })).status).toBe(200);
    server.clock.advance(short.idleSeconds - hour + 1);
    expect((await refresh(server.url, session.refreshToken)).status).toBe(401);
  });

  test("is refused when the session has expired, although the access token would live longer", async () => {
    const lasting = { SESSION_IDLE_SECONDS: "300", ACCESS_TOKEN_TTL_SECONDS: "3600" };
    await using server = await startGatehouse({ environment: lasting });
    const { email, password } = await registerAccount(server.url);
    const { session } = (await login(server.url, { identifier: email, password, remember: false })).body;
    const call = () => rest(server.url, "/v1/users/me", { token: session.accessToken });
    server.clock.advance(299);
    expect((await call()).status).toBe(200);
    server.clock.advance(1);
    expect((await call()).body.code).toBe("ACCESS_TOKEN_INVALID");
  });
});
