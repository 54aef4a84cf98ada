import { randomBytes } from "node:crypto";
import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { expect } from "vitest";
import { type Answer, operations } from "../support/calls.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";

/** The operation of a procedure. */
export function operation(procedure: string) {
  const found = operations.find((candidate) => candidate.procedure === procedure);
  if (found === undefined) throw new Error(`There is no ${procedure}`);
  return found;
}

/** An answer without what is new in each. */
export function comparable({ status, headers, text, requestId }: Answer) {
  const names = [...headers].filter(([name]) => !["date", "x-request-id"].includes(name));
  return { status, text: text.replaceAll(String(requestId), ""), headers: names };
}

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The token with another character at a place; one that differs in the highest bit of what it encodes. */
export function alter(token: string, at: number): string {
  const other = base64url[base64url.indexOf(token[at] ?? "") ^ 32] ?? "A";
  return token.slice(0, at) + other + token.slice(at + 1);
}

/** The token with another character at each of its places. */
export const everyAlteration = (token: string) => [...token].map((_character, at) => alter(token, at));

/** Few enough at once that none is turned away for want of time. */
const atOnce = 20;

/** Expects the same answer for every one of these tokens. */
export async function expectAlike(
  tokens: readonly string[],
  expected: object,
  answer: (token: string) => Promise<object>,
) {
  for (let start = 0; start < tokens.length; start += atOnce) {
    const chunk = tokens.slice(start, start + atOnce);
    const answers = await Promise.all(chunk.map(async (token) => ({ token, ...(await answer(token)) })));
    expect(answers).toEqual(chunk.map((token) => ({ token, ...expected })));
  }
}

/** A server with a database and keys of its own. */
export function startStranger(): Promise<TestGatehouse> {
  const ENCRYPTION_KEYS = `1:${randomBytes(32).toString("base64")}`;
  return startGatehouse({ embedded: true, environment: { ENCRYPTION_KEYS } });
}

/** Tokens with the claims of a genuine one, each of which is wrong in a way of its own. */
export async function forgeAccessTokens(genuine: string): Promise<readonly string[]> {
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
    ...(await thinkUpKeyIds(jwk, header.kid)).map((kid) => sign({ kid })),
    sign({ jwk }),
    sign({ typ: "JWT" }),
    hmac,
    es256,
  ]);
  return [...signed, new UnsecuredJWT(claims).encode()];
}

/** Names of a key that are made as ours are, as far as somebody else can. */
async function thinkUpKeyIds(jwk: JWK, ours = ""): Promise<readonly string[]> {
  const thumbprint = await calculateJwkThumbprint(jwk);
  const [, tag = ""] = ours.split(".");
  return [thumbprint, `${thumbprint}.${tag}`, alter(ours, 0), alter(ours, ours.length - 1)];
}

/** Texts that are no JWT. */
export const malformedAccessTokens = [
  "",
  "x",
  ".",
  "..",
  "a.b.c",
  "a.b.c.d",
  "====",
  "null",
  "x".repeat(4000),
  "e30.e30.e30",
];
