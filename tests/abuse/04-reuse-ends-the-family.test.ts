import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";

const rounds = 20;

describe.skipIf(postgresUnreachable)("row 4: reuse of an old token (supabase discussion 52614)", () => {
  test("ends the whole family at once, also for a refresh in flight", async () => {
    await using server = await startGatehouse();
    const refresh = (refreshToken: string) => rest(server.url, "/v1/auth/refresh", { body: { refreshToken } });
    for (let round = 0; round < rounds; round += 1) {
      const stolen = (await registerAccount(server.url)).refreshToken;
      const second = await refresh(stolen);
      const third = await refresh(second.body.session.refreshToken);
      const [replay, inFlight] = await Promise.all([refresh(stolen), refresh(third.body.session.refreshToken)]);
      expect(replay.body.code).toBe("REFRESH_TOKEN_REUSED");
      const issued = [second, third, ...(inFlight.status === 200 ? [inFlight] : [])];
      for (const { body } of issued) {
        expect((await rest(server.url, "/v1/users/me", { token: body.session.accessToken })).status).toBe(401);
        expect((await refresh(body.session.refreshToken)).status).toBe(401);
      }
    }
  });

  test("leaves the user's other sessions alone", async () => {
    await using server = await startGatehouse();
    const account = await registerAccount(server.url);
    const body = { identifier: account.email, password: account.password };
    const other = await rest(server.url, "/v1/auth/login", { body });
    const refresh = (refreshToken: string) => rest(server.url, "/v1/auth/refresh", { body: { refreshToken } });
    const second = await refresh(account.refreshToken);
    await refresh(second.body.session.refreshToken);
    await refresh(account.refreshToken);
    expect((await rest(server.url, "/v1/users/me", { token: other.body.session.accessToken })).status).toBe(200);
  });
});
