import { randomBytes } from "node:crypto";
import fc from "fast-check";
import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  importPKCS8,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { describe, expect, test, vi } from "vitest";
import { replaceSigningKeys, rotateSigningKey } from "../../packages/server/src/auth/signing-key/service.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { codePoint } from "../support/input-arbitrary.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const algorithm = "EdDSA";

const shared = shareGatehouse({ environment: { JOBS: "off" } });

const fetchMe = (url: string, token: string) => rest(url, "/v1/users/me", { token });

async function expectRefused(url: string, token: string): Promise<void> {
  const { status, headers, body } = await fetchMe(url, token);
  expect([status, body.code]).toEqual([401, "ACCESS_TOKEN_INVALID"]);
  expect(headers.get("www-authenticate")).toBe('Bearer realm="gatehouse", error="invalid_token"');
}

async function fetchPublicJwk(url: string) {
  const { body } = await rest(url, "/.well-known/jwks.json");
  return body.keys[0];
}

/** The server's own private key, which no attacker has: what it signs is wrong by its claims alone. */
async function openSigningKey({ gatehouse, database }: TestGatehouse) {
  const [row] = (await database?.query("select id, private_key from signing_key")) ?? [];
  const sealed = row?.["private_key"];
  if (!Buffer.isBuffer(sealed)) throw new Error("The database holds no signing key");
  const pkcs8 = gatehouse.deps.keyRing.open(sealed, `signing-key:${row?.["id"]}`).toString();
  return await importPKCS8(pkcs8, algorithm);
}

const oddTexts = [
  "\0",
  "{}",
  "' or 1=1 --",
  "__proto__",
  "00000000-0000-0000-0000-00000000000g",
  "\ud800",
  "9".repeat(400),
];

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("row 28: an access token is refused", () => {
  test("when it is unsigned, in any letter case of alg: none", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    const claims = decodeJwt(accessToken);
    await expectRefused(server.url, new UnsecuredJWT(claims).encode());
    for (const alg of ["none", "None", "NONE", "", null]) {
      const unsigned = `${encode({ ...decodeProtectedHeader(accessToken), alg })}.${encode(claims)}`;
      await expectRefused(server.url, `${unsigned}.`);
      await expectRefused(server.url, `${unsigned}.${accessToken.split(".")[2]}`);
    }
  });

  test("when it is signed by HMAC with the public key as the secret, in any of its forms", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    const jwk = await fetchPublicJwk(server.url);
    const key = await importJWK(jwk, algorithm, { extractable: true });
    if (key instanceof Uint8Array) throw new Error("The key set holds a secret key");
    const spki = await exportSPKI(key);
    const secrets = [spki, spki.trim(), jwk.x, JSON.stringify(jwk), Buffer.from(jwk.x, "base64url")];
    for (const secret of secrets) {
      for (const alg of ["HS256", "HS512"]) {
        const header = { ...decodeProtectedHeader(accessToken), alg };
        const hmac = new SignJWT(decodeJwt(accessToken)).setProtectedHeader(header);
        await expectRefused(server.url, await hmac.sign(Buffer.from(secret)));
      }
    }
  });

  test("when it is signed with another key, although it names ours, brings its own or links to one", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    const attacker = await generateKeyPair(algorithm);
    const jwk = await exportJWK(attacker.publicKey);
    const { kid, ...anonymous } = { ...decodeProtectedHeader(accessToken), alg: algorithm };
    const own = { ...anonymous, kid: String(kid) };
    const headers = [
      own,
      { ...own, jwk },
      { ...anonymous, jwk },
      { ...own, kid: "other", jku: "https://attacker.example/jwks.json" },
      { ...own, kid: "../../../dev/null" },
      { ...own, kid: "' or 1=1 --" },
      { ...own, kid: "__proto__" },
      { ...own, kid: "" },
      { ...own, x5u: "https://attacker.example/x509.pem" },
    ];
    for (const header of headers) {
      const forged = new SignJWT(decodeJwt(accessToken)).setProtectedHeader(header);
      await expectRefused(server.url, await forged.sign(attacker.privateKey));
    }
  });

  test("when a header field that must be text is not", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    const [, payload, signature] = accessToken.split(".");
    const genuine = decodeProtectedHeader(accessToken);
    // No text can be made of the last one.
    const values: readonly unknown[] = [null, true, 5, [], ["x"], [genuine.kid], {}, { toString: 1, valueOf: 1 }];
    for (const name of ["kid", "alg", "typ", "crit", "b64", "jwk", "zip"]) {
      for (const value of values) {
        await expectRefused(server.url, `${encode({ ...genuine, [name]: value })}.${payload}.${signature}`);
      }
    }
  });

  test("when its claims and signature do not belong together", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    // Verified, so that whatever remembers verifications has seen both.
    expect((await fetchMe(server.url, ada.accessToken)).status).toBe(200);
    expect((await fetchMe(server.url, bob.accessToken)).status).toBe(200);
    const [header, , signature = ""] = ada.accessToken.split(".");
    const [, payload = ""] = bob.accessToken.split(".");
    await expectRefused(server.url, `${header}.${payload}.${signature}`);
    const promoted = encode({ ...decodeJwt(ada.accessToken), roles: ["admin"] });
    await expectRefused(server.url, `${header}.${promoted}.${signature}`);
    const flipped = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    await expectRefused(server.url, ada.accessToken.replace(signature, flipped));
    for (const cut of [`${header}.${payload}`, `${header}..${signature}`, `.${payload}.${signature}`, "a.b.c", ".."]) {
      await expectRefused(server.url, cut);
    }
  });

  test("when it names an unknown key, and unknown keys are not looked up each time", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    const { privateKey } = await generateKeyPair(algorithm);
    const statements = vi.spyOn(server.gatehouse.deps.db.getExecutor(), "executeQuery");
    const startedAt = performance.now();
    const forge = async () => {
      const kid = randomBytes(32).toString("base64url");
      const header = { ...decodeProtectedHeader(accessToken), alg: algorithm, kid };
      await expectRefused(
        server.url,
        await new SignJWT(decodeJwt(accessToken)).setProtectedHeader(header).sign(privateKey),
      );
    };
    await Promise.all(Array.from({ length: 300 }, forge));
    const seconds = (performance.now() - startedAt) / 1000;
    const lookups = statements.mock.calls.filter(([query]) => query.sql.includes("signing_key")).length;
    expect(lookups).toBeGreaterThan(0);
    // Five a second, and one for the time that begins and ends somewhere in between.
    expect(lookups).toBeLessThanOrEqual(seconds * 5 + 1);
    expect((await fetchMe(server.url, accessToken)).status).toBe(200);
  });

  test("when it has expired", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    server.clock.advance(899);
    expect((await fetchMe(server.url, accessToken)).status).toBe(200);
    server.clock.advance(1);
    await expectRefused(server.url, accessToken);
  });
});

describe.skipIf(postgresUnreachable)("row 28: a token that our own key signed is refused", () => {
  test.each<[string, (claims: JWTPayload) => JWTPayload]>([
    ["for another audience", (claims) => ({ ...claims, aud: "https://other.example" })],
    ["for no audience", ({ aud: _aud, ...claims }) => claims],
    ["by another issuer", (claims) => ({ ...claims, iss: "https://other.example" })],
    ["by no issuer", ({ iss: _iss, ...claims }) => claims],
    ["without an end", ({ exp: _exp, ...claims }) => claims],
    ["that begins later", (claims) => ({ ...claims, nbf: Number(claims.iat) + 3600 })],
    ["of another user than its session's", (claims) => ({ ...claims, sub: crypto.randomUUID() })],
    ["of a session that is none", (claims) => ({ ...claims, sid: crypto.randomUUID() })],
    ["without a session", ({ sid: _sid, ...claims }) => claims],
    ["without a user", ({ sub: _sub, ...claims }) => claims],
    ["issued in the future", (claims) => ({ ...claims, iat: Number(claims.iat) + 61, exp: Number(claims.iat) + 900 })],
    ["without a moment of issue", ({ iat: _iat, ...claims }) => claims],
    ["that lives longer than tokens do", (claims) => ({ ...claims, exp: Number(claims.exp) + 1 })],
    ["that has lived for a year", (claims) => ({ ...claims, iat: Number(claims.iat) - 31_536_000 })],
    ["of a session whose id is no UUID", (claims) => ({ ...claims, sid: "no UUID" })],
    ["of a session in another spelling", (claims) => ({ ...claims, sid: String(claims["sid"]).toUpperCase() })],
    ["of a user whose id is no UUID", (claims) => ({ ...claims, sub: "no UUID" })],
  ])("%s", async (_what, change) => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    const key = await openSigningKey(server);
    const header = { ...decodeProtectedHeader(accessToken), alg: algorithm };
    const sign = (claims: JWTPayload) => new SignJWT(claims).setProtectedHeader(header).sign(key);
    expect((await fetchMe(server.url, await sign(decodeJwt(accessToken)))).status).toBe(200);
    await expectRefused(server.url, await sign(change(decodeJwt(accessToken))));
  });

  test("when any other claim is wrong, and the server never fails", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    const key = await openSigningKey(server);
    const claims = decodeJwt(accessToken);
    const header = { ...decodeProtectedHeader(accessToken), alg: algorithm };
    const odd = fc.oneof(fc.jsonValue(), fc.string({ unit: codePoint }), fc.double(), fc.constantFrom(...oddTexts));
    const change = fc.record({ name: fc.constantFrom("sub", "sid", "iat", "exp", "nbf"), value: odd });
    await fc.assert(
      fc.asyncProperty(change, async ({ name, value }) => {
        const { ...payload } = JSON.parse(JSON.stringify({ ...claims, [name]: value }));
        const { status } = await fetchMe(server.url, await new SignJWT(payload).setProtectedHeader(header).sign(key));
        expect([200, 401]).toContain(status);
      }),
      { numRuns: 300 },
    );
  });

  test("when ACCESS_TOKEN_TTL_SECONDS was lowered below its life, and the session goes on by a refresh", async () => {
    await using database = await createTestDatabase();
    await using before = await startGatehouse({ database });
    const { accessToken, refreshToken } = await registerAccount(before.url);
    const clock = before.clock;
    await using after = await startGatehouse({ database, clock, environment: { ACCESS_TOKEN_TTL_SECONDS: "300" } });
    await expectRefused(after.url, accessToken);
    const { body } = await rest(after.url, "/v1/auth/refresh", { body: { refreshToken } });
    expect((await fetchMe(after.url, body.session.accessToken)).status).toBe(200);
  });

  test("when the key was replaced before it was signed", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    const stolen = await openSigningKey(server);
    const header = { ...decodeProtectedHeader(accessToken), alg: algorithm };
    const forge = () =>
      new SignJWT(decodeJwt(accessToken)).setProtectedHeader(header).setJti(crypto.randomUUID()).sign(stolen);
    const remembered = await forge();
    expect((await fetchMe(server.url, remembered)).status).toBe(200);
    await replaceSigningKeys(server.gatehouse.deps);
    await server.gatehouse.deps.signingKeys.reload();
    await expectRefused(server.url, remembered);
    await expectRefused(server.url, await forge());
  });

  test("when the key's time is over, though its row is still there", async () => {
    await using server = await startGatehouse({ environment: { SIGNING_KEY_LEAD_SECONDS: "600" } });
    const { accessToken } = await registerAccount(server.url);
    const key = await openSigningKey(server);
    const header = { ...decodeProtectedHeader(accessToken), alg: algorithm };
    const sign = () => {
      const iat = Math.floor(server.clock.now().getTime() / 1000);
      const claims = { ...decodeJwt(accessToken), iat, exp: iat + 900, jti: crypto.randomUUID() };
      return new SignJWT(claims).setProtectedHeader(header).sign(key);
    };
    await rotateSigningKey(server.gatehouse.deps);
    await server.gatehouse.deps.signingKeys.reload();
    server.clock.advance(600 + 3600);
    expect((await fetchMe(server.url, await sign())).status).toBe(200);
    server.clock.advance(360);
    await expectRefused(server.url, await sign());
  });

  test("when it is presented as a token of another kind", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    const key = await openSigningKey(server);
    const { typ: _typ, ...untyped } = { ...decodeProtectedHeader(accessToken), alg: algorithm };
    for (const header of [untyped, { ...untyped, typ: "JWT" }, { ...untyped, typ: "id_token" }]) {
      await expectRefused(server.url, await new SignJWT(decodeJwt(accessToken)).setProtectedHeader(header).sign(key));
    }
  });

  test("when another server of the same database checks it", async () => {
    await using database = await createTestDatabase();
    await using ours = await startGatehouse({ database });
    await using theirs = await startGatehouse({ database, environment: { PUBLIC_URL: "http://other.test" } });
    const { accessToken } = await registerAccount(theirs.url);
    expect((await fetchMe(theirs.url, accessToken)).status).toBe(200);
    await expectRefused(ours.url, accessToken);
  });
});
