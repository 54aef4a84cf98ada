import { randomBytes } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { replaceSigningKeys } from "../../packages/server/src/auth/signing-key/service.ts";
import { apiKeyBytes, formatApiKey } from "../../packages/server/src/crypto/api-key.ts";
import { connectEvents, getTicket, openEvents } from "../live-events/event-reader.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { alter, forgeAccessTokens, malformedAccessTokens, startStranger } from "./wrong-tokens.ts";

describe("the work before a token is refused", () => {
  test("is one look-up for a refresh token, whether it is malformed, of no session, forged or of an ended one", async () => {
    await using server = await startGatehouse({ embedded: true });
    const [ada, ended] = [await registerAccount(server.url), await registerAccount(server.url)];
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: ended.accessToken });
    const mac = ada.refreshToken.split(".")[2];
    const statements = vi.spyOn(server.gatehouse.deps.db.getExecutor(), "executeQuery");
    for (const token of ["", "x", `${crypto.randomUUID()}.0.${mac}`, alter(ada.refreshToken, 60), ended.refreshToken]) {
      statements.mockClear();
      expect((await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: token } })).status).toBe(401);
      expect([token, statements.mock.calls.length]).toEqual([token, 1]);
    }
  });

  test("is one look-up for an API key, whether it is malformed, cut or was never made", async () => {
    await using server = await startGatehouse({ embedded: true });
    const neverMade = formatApiKey(randomBytes(apiKeyBytes));
    const statements = vi.spyOn(server.gatehouse.deps.db.getExecutor(), "executeQuery");
    for (const token of ["gatehouse_", "gatehouse_x", `${neverMade}x`, neverMade.slice(0, -1), neverMade]) {
      statements.mockClear();
      expect((await rest(server.url, "/v1/users/me", { token })).status).toBe(401);
      expect([token, statements.mock.calls.length]).toEqual([token, 1]);
    }
  });

  test("is one look-up for a ticket, whether it is malformed, cut, used or was never made", async () => {
    await using server = await startGatehouse({ embedded: true });
    const { accessToken } = await registerAccount(server.url);
    const { ticket } = await getTicket(server.url, accessToken);
    await (await connectEvents(server.url, { ticket }))[Symbol.asyncDispose]();
    const statements = vi.spyOn(server.gatehouse.deps.db.getExecutor(), "executeQuery");
    for (const wrong of ["", "x", ticket.slice(1), ticket, randomBytes(32).toString("base64url"), accessToken]) {
      statements.mockClear();
      await using events = await openEvents(server.url, { ticket: wrong });
      const { data } = await events.nextOf("serialized-error");
      expect(data.data).toMatchObject({ code: "SUBSCRIPTION_TICKET_INVALID", httpStatus: 401 });
      expect([wrong, statements.mock.calls.length]).toEqual([wrong, 1]);
    }
  });

  test("is one check of a signature for an access token, whether it is malformed, cut, foreign, expired or re-signed", async () => {
    await using server = await startGatehouse({ embedded: true });
    await using stranger = await startStranger();
    const { accessToken } = await registerAccount(server.url);
    const foreign = (await registerAccount(stranger.url)).accessToken;
    const forged = await forgeAccessTokens(accessToken);
    server.clock.advance(900);
    const { deps } = server.gatehouse;
    const replaced = await registerAccount(server.url);
    await replaceSigningKeys(deps);
    await deps.signingKeys.reload();
    const expired = await registerAccount(server.url);
    server.clock.advance(900);
    const wrong = [
      ...malformedAccessTokens,
      expired.accessToken,
      replaced.accessToken,
      accessToken,
      accessToken.slice(0, -9),
      foreign,
      ...forged,
      alter(accessToken, 5),
    ];
    const checks = vi.spyOn(crypto.subtle, "verify");
    const statements = vi.spyOn(deps.db.getExecutor(), "executeQuery");
    for (const token of wrong) {
      checks.mockClear();
      expect((await rest(server.url, "/v1/users/me", { token })).status).toBe(401);
      expect([token, checks.mock.calls.length]).toEqual([token, 1]);
    }
    expect(statements).not.toHaveBeenCalled();
  });
});
