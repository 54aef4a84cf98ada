import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { receive, receiveToken } from "../support/mailbox.ts";
import { type RestResponse, registerAccount, rest } from "../support/rest.ts";

const graceSeconds = 30;
const quarterOfAnHour = 900;

/** Refreshes with this attempt key, or without one. */
const refresh = (server: TestGatehouse, refreshToken: string, attemptKey?: string): Promise<RestResponse> =>
  rest(server.url, "/v1/auth/refresh", {
    body: { refreshToken },
    headers: attemptKey === undefined ? {} : { "idempotency-key": attemptKey },
  });

const newKey = () => crypto.randomUUID();

async function expectEnded(server: TestGatehouse, answer: RestResponse): Promise<void> {
  expect(answer.status).toBe(200);
  const { accessToken, refreshToken } = answer.body.session;
  expect((await rest(server.url, "/v1/users/me", { token: accessToken })).status).toBe(401);
  expect((await refresh(server, refreshToken, newKey())).body.code).toBe("REFRESH_TOKEN_INVALID");
}

const thieves: Readonly<Record<string, string | undefined>> = {
  "sends no attempt key": undefined,
  "sends an attempt key of their own": newKey(),
};

const owners: Readonly<Record<string, string | undefined>> = {
  "sends attempt keys": newKey(),
  "sends none": undefined,
};

const pairs = Object.entries(thieves).flatMap(([thief, theirs]) =>
  Object.entries(owners).map(([owner, own]) => ({ thief, theirs, owner, own })),
);

describe.skipIf(postgresUnreachable)("row 39: a thief who refreshes first and stays quiet", () => {
  test.each(pairs)(
    "and $thief ends the session when its owner, who $owner, refreshes next",
    async ({ theirs, own }) => {
      await using server = await startGatehouse();
      const { refreshToken: stolen } = await registerAccount(server.url);
      const theft = await refresh(server, stolen, theirs);
      server.clock.advance(quarterOfAnHour);
      const next = await refresh(server, stolen, own);
      expect([next.status, next.body.code]).toEqual([401, "REFRESH_TOKEN_REUSED"]);
      await expectEnded(server, theft);
    },
  );

  test("gains no time by making calls with what they got", async () => {
    await using server = await startGatehouse();
    const { refreshToken: stolen } = await registerAccount(server.url);
    const theft = await refresh(server, stolen);
    for (let minutes = 0; minutes < 10; minutes += 1) {
      server.clock.advance(61);
      await rest(server.url, "/v1/users/me", { token: theft.body.session.accessToken });
    }
    expect((await refresh(server, stolen, newKey())).body.code).toBe("REFRESH_TOKEN_REUSED");
    await expectEnded(server, theft);
  });

  test("gains no time by asking for the successor repeatedly", async () => {
    await using server = await startGatehouse();
    const { refreshToken: stolen } = await registerAccount(server.url);
    const theft = await refresh(server, stolen);
    server.clock.advance(graceSeconds);
    expect((await refresh(server, stolen, newKey())).status).toBe(200);
    server.clock.advance(1);
    expect((await refresh(server, stolen, newKey())).body.code).toBe("REFRESH_TOKEN_REUSED");
    await expectEnded(server, theft);
  });

  test("and refreshes within the owner's grace time is out at the owner's next refresh", async () => {
    await using server = await startGatehouse();
    const { refreshToken: stolen } = await registerAccount(server.url);
    const own = await refresh(server, stolen, newKey());
    server.clock.advance(graceSeconds);
    const theft = await refresh(server, stolen);
    const shared = theft.body.session.refreshToken;
    expect(shared).toBe(own.body.session.refreshToken);
    server.clock.advance(quarterOfAnHour);
    const next = await refresh(server, shared, newKey());
    server.clock.advance(graceSeconds + 1);
    expect((await refresh(server, shared)).body.code).toBe("REFRESH_TOKEN_REUSED");
    await expectEnded(server, next);
  });

  test("is not taken for the owner by a key of an earlier refresh", async () => {
    await using server = await startGatehouse();
    const { refreshToken } = await registerAccount(server.url);
    const key = newKey();
    const second = await refresh(server, refreshToken, key);
    const third = await refresh(server, second.body.session.refreshToken, newKey());
    server.clock.advance(graceSeconds + 1);
    const theft = await refresh(server, second.body.session.refreshToken, key);
    expect(theft.body.code).toBe("REFRESH_TOKEN_REUSED");
    await expectEnded(server, third);
  });

  test("is reported to the owner, and logged without the key", async () => {
    const lines: string[] = [];
    await using server = await startGatehouse({ onLog: (line) => lines.push(line) });
    const { email, refreshToken: stolen } = await registerAccount(server.url);
    await rest(server.url, "/v1/auth/email/verify", {
      body: { token: await receiveToken(server, email, "verify-email") },
    });
    const key = newKey();
    await refresh(server, stolen);
    server.clock.advance(quarterOfAnHour);
    await refresh(server, stolen, key);
    await receive(server, email, "token-reused");
    expect(lines.some((line) => line.includes("refresh token reused"))).toBe(true);
    expect(lines.some((line) => line.includes(key))).toBe(false);
  });
});
