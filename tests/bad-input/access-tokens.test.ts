import { describe, expect, test } from "vitest";
import { type Transport, transports } from "../support/calls.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import {
  comparable,
  everyAlteration,
  expectAlike,
  forgeAccessTokens,
  malformedAccessTokens,
  operation,
  startStranger,
} from "./wrong-tokens.ts";

const present = (transport: Transport, { url }: TestGatehouse, accessToken: string) =>
  transport.send(url, operation("user.me"), undefined, { authorization: `Bearer ${accessToken}` });

describe.each(transports)("over $name, an access token", (transport) => {
  test("is refused with one answer, whatever is wrong with it", async () => {
    await using server = await startGatehouse();
    await using stranger = await startStranger();
    const { accessToken } = await registerAccount(server.url);
    const ended = await registerAccount(server.url);
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: ended.accessToken });
    const [header, payload, signature = ""] = accessToken.split(".");
    const wrong = [
      ...malformedAccessTokens,
      `${accessToken} ${accessToken}`,
      `${accessToken},${accessToken}`,
      `"${accessToken}"`,
      `${accessToken}\t.`,
      `${accessToken}.`,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}.${signature}.${payload}`,
      ...(await forgeAccessTokens(accessToken)),
      (await registerAccount(stranger.url)).accessToken,
      ended.accessToken,
      ended.refreshToken,
    ];
    const expected = comparable(await present(transport, server, "wrong"));
    expect(expected).toMatchObject({ status: 401, text: expect.stringContaining('"ACCESS_TOKEN_INVALID"') });
    await expectAlike(wrong, expected, async (token) => comparable(await present(transport, server, token)));
    expect((await present(transport, server, accessToken)).status).toBe(200);
    server.clock.advance(900);
    expect(comparable(await present(transport, server, accessToken))).toEqual(expected);
  });

  test("is refused with any one character changed or cut off", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    expect((await present(transport, server, accessToken)).status).toBe(200);
    const expected = comparable(await present(transport, server, "wrong"));
    const cuts = Array.from({ length: 40 }, (_, index) => accessToken.slice(0, -1 - index * 7));
    const wrong = [...everyAlteration(accessToken), ...cuts];
    await expectAlike(wrong, expected, async (token) => comparable(await present(transport, server, token)));
  });
});
