import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Transport, transports } from "../support/calls.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { codePoint } from "../support/input-arbitrary.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { readTables } from "../support/table-contents.ts";
import { comparable, everyAlteration, expectAlike, operation } from "./wrong-tokens.ts";

const refresh = (transport: Transport, { url }: TestGatehouse, refreshToken: unknown) =>
  transport.send(url, operation("auth.refresh"), { refreshToken });

/** Tokens that were never issued, near those of a live session. */
function forgeRefreshTokens({ refreshToken }: Pick<Account, "refreshToken">, other: Pick<Account, "refreshToken">) {
  const [id = "", , mac = ""] = refreshToken.split(".");
  const [otherId, , otherMac] = other.refreshToken.split(".");
  const counters = [
    "1",
    "7",
    "999999999",
    "1000000000",
    "9".repeat(40),
    "-1",
    "+0",
    "00",
    "0x0",
    "0.0",
    "1e1",
    "\u0660",
    "\uff10",
    "",
  ];
  return [
    ...counters.map((counter) => `${id}.${counter}.${mac}`).filter((token) => token !== refreshToken),
    `${id}.0.${otherMac}`,
    `${otherId}.0.${mac}`,
    `${crypto.randomUUID()}.0.${mac}`,
    `${id.toUpperCase()}.0.${mac}`,
    `${id}.0.${mac.toLowerCase()}`,
    `${id}.0`,
    `${id}.0.`,
    `${id}..${mac}`,
    id,
    mac,
    `${refreshToken}=`,
    `${refreshToken}.x`,
    ...[" ", "\n", "\t", "\0", "\u00a0", "\ufeff", "\u200b"].flatMap((blank) => [
      blank + refreshToken,
      refreshToken + blank,
    ]),
    `${id}.0.${mac.replaceAll("-", "+").replaceAll("_", "/")}=`,
    `${id}.0.${Buffer.from(mac, "base64url").toString("hex")}`,
    "",
    "x",
    "x".repeat(60_000),
    "\u{1f4a5}",
    "\ud800",
    "__proto__",
    `${refreshToken},${refreshToken}`,
  ];
}

const shared = shareGatehouse({ environment: { JOBS: "off" } });
/** It has a database and keys of its own. */
const stranger = shareGatehouse({
  environment: { JOBS: "off", ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}` },
});

describe.each(transports)("over $name, a refresh token", (transport) => {
  test("that was never issued is refused with one answer, and ends nothing", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const rotated = (await refresh(transport, server, ada.refreshToken)).output as { session: Account };
    const before = await readTables(server.database);
    const expected = comparable(await refresh(transport, server, "wrong"));
    expect(expected).toMatchObject({ status: 401, text: expect.stringContaining('"REFRESH_TOKEN_INVALID"') });
    const wrong = [
      ...[ada, rotated.session].flatMap((tokens) => forgeRefreshTokens(tokens, bob)),
      ...everyAlteration(ada.refreshToken),
      ...everyAlteration(rotated.session.refreshToken),
      (await registerAccount(stranger().url)).refreshToken,
      ada.accessToken,
    ];
    await expectAlike(wrong, expected, async (token) => comparable(await refresh(transport, server, token)));
    expect(await readTables(server.database)).toEqual(before);
    for (const { refreshToken } of [rotated.session, bob]) {
      expect((await refresh(transport, server, refreshToken)).status).toBe(200);
    }
  });

  test("of a session that ended or expired is refused with that answer too", async () => {
    await using server = await startGatehouse();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const expected = comparable(await refresh(transport, server, "wrong"));
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: ada.accessToken });
    expect(comparable(await refresh(transport, server, ada.refreshToken))).toEqual(expected);
    server.clock.advance(400 * 24 * 60 * 60);
    expect(comparable(await refresh(transport, server, bob.refreshToken))).toEqual(expected);
  });

  test("of any text at all is refused with that answer", async () => {
    const server = shared();
    const [id] = (await registerAccount(server.url)).refreshToken.split(".");
    const expected = comparable(await refresh(transport, server, "wrong"));
    const near = fc.tuple(fc.string({ unit: codePoint, maxLength: 12 }), fc.string({ unit: codePoint, maxLength: 60 }));
    const text = fc.oneof(
      fc.string({ unit: codePoint }),
      near.map(([counter, mac]) => `${id}.${counter}.${mac}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(comparable(await refresh(transport, server, token))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});
