import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { formatRefreshToken } from "../../packages/server/src/crypto/refresh-token.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";

const oddPositions = [
  "",
  "0x1",
  "1.5",
  "-1",
  "NaN",
  "Infinity",
  "9223372036854775808",
  "9".repeat(30),
  "\0",
  "1;",
  "💥",
];

test.each(["devices", "sessions", "api-keys"])(
  "the list of %s refuses a cursor that our own key sealed but that holds no position",
  async (list) => {
    await using server = await startGatehouse();
    const { accessToken: token, userId } = await registerAccount(server.url);
    const path = list === "devices" ? "/v1/devices" : `/v1/auth/${list}`;
    const ask = async (position: string) => {
      const cursor = server.gatehouse.deps.cursors.encode(`${list}:${userId}`, position);
      const { status, body } = await rest(server.url, `${path}?cursor=${cursor}`, { token });
      return [position, status, body.errors?.[0].path];
    };
    expect(await ask("1")).toEqual(["1", 200, undefined]);
    for (const position of oddPositions) expect(await ask(position)).toEqual([position, 400, "cursor"]);
  },
);

test("a refresh token with the MAC of its session's key and odd claims is refused", async () => {
  await using server = await startGatehouse();
  const { refreshToken } = await registerAccount(server.url);
  const [sessionId = ""] = refreshToken.split(".");
  const key = server.gatehouse.deps.refreshKeys.get(sessionId);
  if (key === undefined) throw new Error("The server knows the key of every session that it started");
  expect(formatRefreshToken({ sessionId, counter: 0 }, key)).toBe(refreshToken);
  const seal = (claims: string) => `${claims}.${createHmac("sha256", key).update(claims).digest("base64url")}`;
  const odd = ["1.5", "-1", "1e3", "00", "", "NaN", "1000000000", "2147483648", "9".repeat(20), "0\0"];
  const claims = [...odd.map((counter) => `${sessionId}.${counter}`), "session.0", `${sessionId.toUpperCase()}.0`];
  for (const each of claims) {
    const { status, body } = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: seal(each) } });
    expect([each, status, body.code]).toEqual([each, 401, "REFRESH_TOKEN_INVALID"]);
  }
  // Beyond what was issued: genuine, so the key is known to somebody else, and the session ends.
  const ahead = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: seal(`${sessionId}.999999999`) } });
  expect([ahead.status, ahead.body.code]).toEqual([401, "REFRESH_TOKEN_REUSED"]);
});
