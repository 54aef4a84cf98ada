import fc from "fast-check";
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, test, vi } from "vitest";
import { type Answer, operations, type Transport, transports } from "../support/calls.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { linkKinds, redeem, redemptions } from "../support/links.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { readTables } from "../support/table-contents.ts";

function operation(procedure: string) {
  const found = operations.find((candidate) => candidate.procedure === procedure);
  if (found === undefined) throw new Error(`There is no ${procedure}`);
  return found;
}

/** An answer without what is new in each. */
function comparable({ status, headers, text, requestId }: Answer) {
  const names = [...headers].filter(([name]) => !["date", "x-request-id"].includes(name));
  return { status, text: text.replaceAll(String(requestId), ""), headers: names };
}

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The token with another character at a place; one that differs in the highest bit of what it encodes. */
function alter(token: string, at: number): string {
  const other = base64url[base64url.indexOf(token[at] ?? "") ^ 32] ?? "A";
  return token.slice(0, at) + other + token.slice(at + 1);
}

const everyAlteration = (token: string) => [...token].map((_character, at) => alter(token, at));

/** Few enough at once that none is turned away for want of time. */
const atOnce = 20;

/** Expects the same answer for every one of these tokens. */
async function expectAlike(tokens: readonly string[], expected: object, answer: (token: string) => Promise<object>) {
  for (let start = 0; start < tokens.length; start += atOnce) {
    const chunk = tokens.slice(start, start + atOnce);
    const answers = await Promise.all(chunk.map(async (token) => ({ token, ...(await answer(token)) })));
    expect(answers).toEqual(chunk.map((token) => ({ token, ...expected })));
  }
}

const present = (transport: Transport, { url }: TestGatehouse, accessToken: string) =>
  transport.send(url, operation("user.me"), undefined, { authorization: `Bearer ${accessToken}` });

const refresh = (transport: Transport, { url }: TestGatehouse, refreshToken: unknown) =>
  transport.send(url, operation("auth.refresh"), { refreshToken });

/** Tokens with the claims of a genuine one, each of which is wrong in a way of its own. */
async function forgeAccessTokens(genuine: string): Promise<readonly string[]> {
  const [claims, header] = [decodeJwt(genuine), { ...decodeProtectedHeader(genuine), alg: "EdDSA" }];
  const attacker = await generateKeyPair("EdDSA", { extractable: true });
  const jwk = await exportJWK(attacker.publicKey);
  const sign = (changes: object) =>
    new SignJWT(claims).setProtectedHeader({ ...header, ...changes }).sign(attacker.privateKey);
  const hmac = new SignJWT(claims).setProtectedHeader({ ...header, alg: "HS256" }).sign(Buffer.alloc(32));
  const asymmetric = await generateKeyPair("ES256");
  const es256 = new SignJWT(claims).setProtectedHeader({ ...header, alg: "ES256" }).sign(asymmetric.privateKey);
  const signed = await Promise.all([
    sign({}),
    sign({ kid: "other" }),
    sign({ jwk }),
    sign({ typ: "JWT" }),
    hmac,
    es256,
  ]);
  return [...signed, new UnsecuredJWT(claims).encode()];
}

const malformedAccessTokens = ["", "x", ".", "..", "a.b.c", "a.b.c.d", "====", "null", "x".repeat(4000), "e30.e30.e30"];

describe.each(transports)("over $name, an access token", (transport) => {
  test("is refused with one answer, whatever is wrong with it", async () => {
    await using server = await startGatehouse();
    await using stranger = await startGatehouse();
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

  test("is refused with any one character altered, and cut anywhere", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    expect((await present(transport, server, accessToken)).status).toBe(200);
    const expected = comparable(await present(transport, server, "wrong"));
    const cuts = Array.from({ length: 40 }, (_, index) => accessToken.slice(0, -1 - index * 7));
    const wrong = [...everyAlteration(accessToken), ...cuts];
    await expectAlike(wrong, expected, async (token) => comparable(await present(transport, server, token)));
  });
});

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
    "x".repeat(100_000),
    "\u{1f4a5}",
    "\ud800",
    "__proto__",
    `${refreshToken},${refreshToken}`,
  ];
}

describe.each(transports)("over $name, a refresh token", (transport) => {
  test("that was never issued is refused with one answer, and ends nothing", async () => {
    await using server = await startGatehouse();
    await using stranger = await startGatehouse();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const rotated = (await refresh(transport, server, ada.refreshToken)).output as { session: Account };
    const before = await readTables(server.database);
    const expected = comparable(await refresh(transport, server, "wrong"));
    expect(expected).toMatchObject({ status: 401, text: expect.stringContaining('"REFRESH_TOKEN_INVALID"') });
    const wrong = [
      ...[ada, rotated.session].flatMap((tokens) => forgeRefreshTokens(tokens, bob)),
      ...everyAlteration(ada.refreshToken),
      ...everyAlteration(rotated.session.refreshToken),
      (await registerAccount(stranger.url)).refreshToken,
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
    await using server = await startGatehouse();
    const [id] = (await registerAccount(server.url)).refreshToken.split(".");
    const expected = comparable(await refresh(transport, server, "wrong"));
    const near = fc.tuple(fc.string({ unit: "binary", maxLength: 12 }), fc.string({ unit: "binary", maxLength: 60 }));
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
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

describe("what is done before a token is refused", () => {
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

  test("is one check of a signature for an access token, whether it is malformed, cut, foreign, expired or re-signed", async () => {
    await using server = await startGatehouse({ embedded: true });
    await using stranger = await startGatehouse({ embedded: true });
    const { accessToken } = await registerAccount(server.url);
    const foreign = (await registerAccount(stranger.url)).accessToken;
    const forged = await forgeAccessTokens(accessToken);
    server.clock.advance(900);
    const wrong = [
      ...malformedAccessTokens,
      accessToken,
      accessToken.slice(0, -9),
      foreign,
      ...forged,
      alter(accessToken, 5),
    ];
    const checks = vi.spyOn(crypto.subtle, "verify");
    const statements = vi.spyOn(server.gatehouse.deps.db.getExecutor(), "executeQuery");
    for (const token of wrong) {
      checks.mockClear();
      expect((await rest(server.url, "/v1/users/me", { token })).status).toBe(401);
      expect([token, checks.mock.calls.length]).toEqual([token, 1]);
    }
    // The foreign one names a key of which this server might not have heard yet.
    const read = statements.mock.calls.map(([query]) => query.sql);
    expect(read).toEqual([expect.stringMatching(/^select .* from "signing_key" order by/)]);
  });
});

describe("the token of a link", () => {
  test.each(redemptions)("is refused at $path with one answer, whatever is wrong with it", async (redemption) => {
    await using server = await startGatehouse();
    const refusalOf = async (token: string) => {
      const { status, body } = await redeem(server, redemption, token);
      return { status, body: { ...body, requestId: "" } };
    };
    const expected = await refusalOf("wrong");
    expect(expected).toMatchObject({ status: 400, body: { code: redemption.refusal } });
    for (const kind of linkKinds.filter((candidate) => candidate.redemption === redemption)) {
      const account = await registerAccount(server.url);
      const token = await kind.issue(server, account);
      const before = await readTables(server.database);
      const cut = [
        token.slice(0, -1),
        token.slice(1),
        `${token}A`,
        `${token}\n`,
        ` ${token}`,
        `${token}=`,
        `${token}\0`,
      ];
      const wrong = [...everyAlteration(token), ...cut, "", "x".repeat(100_000), account.refreshToken];
      await expectAlike(wrong, expected, refusalOf);
      expect(await readTables(server.database)).toEqual(before);
      expect((await redeem(server, redemption, token)).status).toBeLessThan(300);
      expect(await refusalOf(token)).toEqual(expected);
      const late = await kind.issue(server, await registerAccount(server.url));
      server.clock.advance(8 * 24 * 60 * 60);
      expect(await refusalOf(late)).toEqual(expected);
    }
  });
});
