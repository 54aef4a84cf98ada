import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { type RestResponse, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const graceSeconds = 30;
const day = 24 * 60 * 60;

const refresh = (url: string, refreshToken: string, attemptKey?: string) =>
  rest(url, "/v1/auth/refresh", {
    body: { refreshToken },
    headers: attemptKey === undefined ? {} : { "idempotency-key": attemptKey },
  });

const shared = shareGatehouse();

describe("a refresh", () => {
  test("returns new tokens that work", async () => {
    const server = shared();
    const account = await registerAccount(server.url);
    const { status, body } = await refresh(server.url, account.refreshToken);
    expect(status).toBe(200);
    expect(body.session.refreshToken).not.toBe(account.refreshToken);
    const me = await rest(server.url, "/v1/users/me", { token: body.session.accessToken });
    expect(me.body.id).toBe(account.userId);
  });

  test("that is repeated after a lost answer gets the same refresh token", async () => {
    const server = shared();
    const { refreshToken } = await registerAccount(server.url);
    const lost = await refresh(server.url, refreshToken);
    const again = await refresh(server.url, refreshToken);
    expect(again.status).toBe(200);
    expect(again.body.session.refreshToken).toBe(lost.body.session.refreshToken);
    expect(again.body.session.refreshTokenExpiresAt).toBe(lost.body.session.refreshTokenExpiresAt);
  });

  test("whose answer was lost can be repeated with its attempt key months later, and by several tabs", async () => {
    const server = shared();
    const { refreshToken } = await registerAccount(server.url);
    const key = crypto.randomUUID();
    const lost = await refresh(server.url, refreshToken, key);
    server.clock.advance(80 * day);
    for (const pause of [0, graceSeconds, day]) {
      server.clock.advance(pause);
      const again = await refresh(server.url, refreshToken, key);
      expect(again.body.session.refreshToken).toBe(lost.body.session.refreshToken);
      await rest(server.url, "/v1/users/me", { token: again.body.session.accessToken });
    }
    expect((await refresh(server.url, lost.body.session.refreshToken, crypto.randomUUID())).status).toBe(200);
  });

  test("that never reached the database succeeds when it is repeated days later", async () => {
    const server = shared();
    const { refreshToken } = await registerAccount(server.url);
    server.clock.advance(3 * day);
    expect((await refresh(server.url, refreshToken, crypto.randomUUID())).status).toBe(200);
  });

  test.each([
    { keys: [undefined, undefined], who: "without attempt keys" },
    { keys: ["the-key-of-one-tab", undefined], who: "of which one sends an attempt key" },
    { keys: ["the-key-of-one-tab", "the-key-of-another"], who: "with attempt keys of their own" },
  ])("of parallel tabs $who is harmless within the grace time, and not after it", async ({ keys }) => {
    const server = shared();
    const { refreshToken } = await registerAccount(server.url);
    const first = await refresh(server.url, refreshToken, keys[0]);
    await rest(server.url, "/v1/users/me", { token: first.body.session.accessToken });
    server.clock.advance(graceSeconds);
    const second = await refresh(server.url, refreshToken, keys[1]);
    expect(second.body.session.refreshToken).toBe(first.body.session.refreshToken);
    server.clock.advance(1);
    const late = await refresh(server.url, refreshToken, keys[1]);
    expect([late.status, late.body.code]).toEqual([401, "REFRESH_TOKEN_REUSED"]);
    const call = await rest(server.url, "/v1/users/me", { token: first.body.session.accessToken });
    expect([call.status, call.body.code]).toEqual([401, "ACCESS_TOKEN_INVALID"]);
  });

  test("takes the attempt key as a field over RPC", async () => {
    const server = shared();
    const { refreshToken } = await registerAccount(server.url);
    const input = { json: { refreshToken, attemptKey: crypto.randomUUID() } };
    const lost = await rest(server.url, "/rpc/auth.refresh", { body: input });
    server.clock.advance(3 * day);
    const again = await rest(server.url, "/rpc/auth.refresh", { body: input });
    const tokenIn = ({ body }: RestResponse) => body.result.data.json.session.refreshToken;
    expect(tokenIn(again)).toBe(tokenIn(lost));
  });

  test("with a token two rotations old ends the session at once, for its thief and its owner", async () => {
    const server = shared();
    const { refreshToken } = await registerAccount(server.url);
    const second = await refresh(server.url, refreshToken);
    const third = await refresh(server.url, second.body.session.refreshToken);
    const replay = await refresh(server.url, refreshToken);
    expect(replay.body.code).toBe("REFRESH_TOKEN_REUSED");
    for (const { body } of [second, third]) {
      const after = await refresh(server.url, body.session.refreshToken);
      expect([after.status, after.body.code]).toEqual([401, "REFRESH_TOKEN_INVALID"]);
      const call = await rest(server.url, "/v1/users/me", { token: body.session.accessToken });
      expect(call.status).toBe(401);
    }
  });

  test("with a forged token is refused and ends nothing", async () => {
    const server = shared();
    const { refreshToken } = await registerAccount(server.url);
    const [id, , mac = ""] = refreshToken.split(".");
    const flipped = mac.startsWith("A") ? `B${mac.slice(1)}` : `A${mac.slice(1)}`;
    const forgeries = [
      `${id}.0.${flipped}`,
      `${id}.7.${mac}`,
      `${id}.-1.${mac}`,
      `${id}.0`,
      id,
      "x",
      `${crypto.randomUUID()}.0.${mac}`,
    ];
    for (const forgery of forgeries) {
      const { status, body } = await refresh(server.url, forgery ?? "");
      expect([status, body.code]).toEqual([401, "REFRESH_TOKEN_INVALID"]);
    }
    expect((await refresh(server.url, refreshToken)).status).toBe(200);
  });

  test("of a session that was logged out is refused", async () => {
    const server = shared();
    const account = await registerAccount(server.url);
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: account.accessToken });
    const { status, body } = await refresh(server.url, account.refreshToken);
    expect([status, body.code]).toEqual([401, "REFRESH_TOKEN_INVALID"]);
  });
});

describe("a session", () => {
  test("that is not remembered ends after a day without use, and lives on while it is used", async () => {
    const server = shared();
    const { email, password } = await registerAccount(server.url);
    const body = { identifier: email, password, remember: false };
    const login = await rest(server.url, "/v1/auth/login", { body });
    server.clock.advance(day - 60);
    const used = await refresh(server.url, login.body.session.refreshToken);
    expect(used.status).toBe(200);
    server.clock.advance(day - 60);
    const usedAgain = await refresh(server.url, used.body.session.refreshToken);
    expect(usedAgain.status).toBe(200);
    server.clock.advance(day + 1);
    expect((await refresh(server.url, usedAgain.body.session.refreshToken)).status).toBe(401);
  });

  test("that is remembered outlives a week without use, and ends with its absolute lifetime", async () => {
    await using server = await startGatehouse({
      environment: {
        REMEMBERED_SESSION_IDLE_SECONDS: String(20 * day),
        REMEMBERED_SESSION_TTL_SECONDS: String(30 * day),
      },
    });
    const { refreshToken } = await registerAccount(server.url);
    server.clock.advance(19 * day);
    const { body } = await refresh(server.url, refreshToken);
    expect(new Date(body.session.refreshTokenExpiresAt)).toEqual(
      new Date(server.clock.now().getTime() + 11 * day * 1000),
    );
    server.clock.advance(11 * day + 1);
    expect((await refresh(server.url, body.session.refreshToken)).status).toBe(401);
  });

  test("refuses an access token that has expired", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    server.clock.advance(899);
    expect((await rest(server.url, "/v1/users/me", { token: accessToken })).status).toBe(200);
    server.clock.advance(1);
    expect((await rest(server.url, "/v1/users/me", { token: accessToken })).body.code).toBe("ACCESS_TOKEN_INVALID");
  });

  test("ends when its user is disabled, together with its access token", async () => {
    const server = shared();
    const account = await registerAccount(server.url);
    await server.database?.query(`update "user" set status = 'disabled' where public_id = $1`, [account.userId]);
    expect((await rest(server.url, "/v1/users/me", { token: account.accessToken })).status).toBe(401);
    expect((await refresh(server.url, account.refreshToken)).status).toBe(401);
    const login = await rest(server.url, "/v1/auth/login", {
      body: { identifier: account.email, password: account.password },
    });
    expect([login.status, login.body.code]).toEqual([403, "ACCOUNT_DISABLED"]);
  });
});
