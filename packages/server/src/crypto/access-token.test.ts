import { createHmac, KeyObject, randomUUID } from "node:crypto";
import fc from "fast-check";
import { type CryptoKey, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { expect, test } from "vitest";
import { addSeconds } from "../clock.ts";
import { createAccessTokens } from "./access-token.ts";

const issuer = "https://accounts.example.com";
const now = new Date("2030-01-01T00:00:00.500Z");
const nowSeconds = Math.floor(now.getTime() / 1000);
const claims = { userId: randomUUID(), sessionId: randomUUID() };

const generate = () => generateKeyPair("EdDSA", { extractable: true });
const current = await generate();
const retired = await generate();
const strange = await generate();

const publicKeys = new Map([
  ["current", current.publicKey],
  ["retired", retired.publicKey],
]);
const tokens = createAccessTokens({
  keys: {
    signingKeyAt: () => ({ id: "current", privateKey: KeyObject.from(current.privateKey) }),
    findPublicKey: async (id) => publicKeys.get(id),
  },
  issuer,
  ttlSeconds: 900,
});

const header = { alg: "EdDSA", typ: "at+jwt", kid: "current" };
const payload = {
  iss: issuer,
  aud: issuer,
  sub: claims.userId,
  sid: claims.sessionId,
  iat: nowSeconds,
  exp: nowSeconds + 900,
};

interface Forgery {
  readonly header?: Record<string, unknown>;
  readonly payload?: Record<string, unknown>;
  readonly key?: CryptoKey;
}

/** Signs a valid token with the changes of the test; `undefined` omits a claim. */
function forge({ header: headerChanges, payload: payloadChanges, key = current.privateKey }: Forgery): Promise<string> {
  const claimsSent: JWTPayload = JSON.parse(JSON.stringify({ ...payload, ...payloadChanges }));
  return new SignJWT(claimsSent).setProtectedHeader({ ...header, ...headerChanges }).sign(key);
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Times in tokens are in whole seconds. */
const verified = {
  ...claims,
  keyId: "current",
  expiresAt: addSeconds(new Date(Math.floor(now.getTime() / 1000) * 1000), 900),
};

test("a token returns its claims until it expires, and not at that second", async () => {
  const token = tokens.sign(claims, now);
  expect(await tokens.verify(token, now)).toEqual(verified);
  expect(await tokens.verify(token, addSeconds(now, 899))).toMatchObject(claims);
  expect(await tokens.verify(token, addSeconds(now, 900))).toBeUndefined();
});

test("a token of a retired key is accepted while its public key is kept", async () => {
  const token = await forge({ header: { kid: "retired" }, key: retired.privateKey });
  expect(await tokens.verify(token, now)).toMatchObject(claims);
});

test("a rebuilt token with nothing changed is accepted, which shows that the others fail for their change", async () => {
  expect(await tokens.verify(await forge({}), now)).toMatchObject(claims);
});

test("a token of the older form, with its refresh token's counter, is accepted until it expires", async () => {
  expect(await tokens.verify(await forge({ payload: { rtc: 3 } }), now)).toEqual(verified);
});

test.each<[string, Forgery]>([
  ["signed with a key that is not ours", { key: strange.privateKey }],
  ["signed with another key than it names", { header: { kid: "retired" } }],
  ["that names no key", { header: { kid: undefined } }],
  ["that names an unknown key", { header: { kid: "unknown" } }],
  ["of another type", { header: { typ: "JWT" } }],
  ["of no type", { header: { typ: undefined } }],
  ["of another issuer", { payload: { iss: "https://elsewhere.example.com" } }],
  ["of no issuer", { payload: { iss: undefined } }],
  ["for another audience", { payload: { aud: "https://elsewhere.example.com" } }],
  ["for no audience", { payload: { aud: undefined } }],
  ["that expired", { payload: { exp: nowSeconds } }],
  ["that never expires", { payload: { exp: undefined } }],
  ["that is not valid yet", { payload: { nbf: nowSeconds + 60 } }],
  ["without a moment of issue", { payload: { iat: undefined } }],
  ["issued later than clocks differ", { payload: { iat: nowSeconds + 61, exp: nowSeconds + 900 } }],
  ["issued in ever so long", { payload: { iat: 1e300, exp: 1e300 } }],
  ["that lives a second too long", { payload: { exp: nowSeconds + 901 } }],
  ["that lives too long since it was issued", { payload: { iat: nowSeconds - 900, exp: nowSeconds + 1 } }],
  ["that lives for ever", { payload: { exp: 1e300 } }],
  ["with a user that is no UUID", { payload: { sub: "ada" } }],
  ["with an empty user", { payload: { sub: "" } }],
  ["without a user", { payload: { sub: undefined } }],
  ["without a session", { payload: { sid: undefined } }],
  ["with a session that is no text", { payload: { sid: 1 } }],
  ["with a session that is no UUID", { payload: { sid: "session" } }],
  ["with a session that holds a NUL", { payload: { sid: `${claims.sessionId}\0` } }],
  ["with a session in another spelling", { payload: { sid: claims.sessionId.toUpperCase() } }],
  ["with a session in braces", { payload: { sid: `{${claims.sessionId}}` } }],
])("a token %s is refused", async (_what, forgery) => {
  expect(await tokens.verify(await forge(forgery), now)).toBeUndefined();
});

test("a token of a server whose clock is 60 seconds ahead is accepted", async () => {
  const token = tokens.sign(claims, addSeconds(now, 60));
  expect(await tokens.verify(token, now)).toMatchObject(claims);
  expect(await tokens.verify(tokens.sign(claims, addSeconds(now, 62)), now)).toBeUndefined();
});

test("a token that outlives a lowered ACCESS_TOKEN_TTL_SECONDS is refused", async () => {
  const keys = {
    signingKeyAt: () => ({ id: "current", privateKey: KeyObject.from(current.privateKey) }),
    findPublicKey: async () => current.publicKey,
  };
  const lowered = createAccessTokens({ keys, issuer, ttlSeconds: 899 });
  expect(await lowered.verify(tokens.sign(claims, now), now)).toBeUndefined();
  expect(await tokens.verify(await lowered.sign(claims, now), now)).toMatchObject(claims);
});

test("a token without a signature is refused, whatever its alg says", async () => {
  for (const alg of ["none", "None", "EdDSA"]) {
    expect(await tokens.verify(`${encode({ ...header, alg })}.${encode(payload)}.`, now)).toBeUndefined();
  }
});

test("a token whose HMAC was made with the public key as the secret is refused", async () => {
  const signed = `${encode({ ...header, alg: "HS256" })}.${encode(payload)}`;
  const mac = createHmac("sha256", await exportSPKI(current.publicKey))
    .update(signed)
    .digest("base64url");
  expect(await tokens.verify(`${signed}.${mac}`, now)).toBeUndefined();
});

test("a token with any character changed is refused or has the same claims", async () => {
  const token = tokens.sign(claims, now);
  const change = fc.tuple(fc.nat(token.length - 1), fc.constantFrom(..."AZaz09-_.= \n"));
  await fc.assert(
    fc.asyncProperty(change, async ([at, character]) => {
      const changed = `${token.slice(0, at)}${character}${token.slice(at + 1)}`;
      expect([undefined, verified]).toContainEqual(await tokens.verify(changed, now));
    }),
  );
});

test("any other text is refused without an exception", async () => {
  const part = fc.oneof(fc.string({ unit: "binary" }), fc.json().map(encode), fc.constant(encode(header)));
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(".")),
  );
  await fc.assert(
    fc.asyncProperty(text, async (token) => {
      expect(await tokens.verify(token, now)).toBeUndefined();
    }),
  );
});
