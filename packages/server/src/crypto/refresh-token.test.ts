import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatRefreshToken, matchesRefreshToken, parseRefreshToken, refreshKeyBytes } from "./refresh-token.ts";

const key = randomBytes(refreshKeyBytes);
const claims = { sessionId: randomUUID(), counter: 3 };
const token = formatRefreshToken(claims, key);
const [sessionId, counter, mac = ""] = token.split(".");

/** Whether the text is genuine for its own claims, or for those of `token` if it is malformed. */
const isGenuine = (text: string, someKey: Uint8Array) =>
  matchesRefreshToken(parseRefreshToken(text) ?? claims, someKey, text);

const anyClaims = fc.record({ sessionId: fc.uuid(), counter: fc.nat(999_999_999) });
const anyKey = fc.uint8Array({ minLength: refreshKeyBytes, maxLength: refreshKeyBytes });

test("a token contains its session and counter and is genuine under its key", () => {
  fc.assert(
    fc.property(anyClaims, anyKey, (some, someKey) => {
      const made = formatRefreshToken(some, someKey);
      expect(parseRefreshToken(made)).toEqual(some);
      expect(isGenuine(made, someKey)).toBe(true);
    }),
  );
});

test("the same counter gives the same token again, and another counter another token", () => {
  expect(formatRefreshToken(claims, key)).toBe(token);
  expect(formatRefreshToken({ ...claims, counter: 4 }, key).split(".")[2]).not.toBe(mac);
});

test.each([
  ["nothing", ""],
  ["any text", "refresh"],
  ["no MAC", `${sessionId}.${counter}`],
  ["a part too many", `${token}.x`],
  ["a short MAC", token.slice(0, -1)],
  ["a long MAC", `${token}A`],
  ["a MAC in base64 of the other alphabet", `${sessionId}.${counter}.${"+".repeat(43)}`],
  ["a session that is no UUID", `1.${counter}.${mac}`],
  ["a session in capitals", `${sessionId?.toUpperCase()}.${counter}.${mac}`],
  ["a negative counter", `${sessionId}.-1.${mac}`],
  ["a counter with a leading zero", `${sessionId}.03.${mac}`],
  ["a counter that is too long", `${sessionId}.1234567890.${mac}`],
  ["a counter that is no number", `${sessionId}.x.${mac}`],
  ["a line break at its end", `${token}\n`],
  ["a blank before it", ` ${token}`],
  ["a NUL", `${token}\0`],
])("%s is malformed", (_what, malformed) => {
  expect(parseRefreshToken(malformed)).toBeUndefined();
  expect(isGenuine(malformed, key)).toBe(false);
});

test("any other text is malformed, without an exception", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(parseRefreshToken(text)).toBeUndefined();
      expect(isGenuine(text, key)).toBe(false);
    }),
  );
});

test("a token with any character of the MAC changed is not genuine", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  fc.assert(
    fc.property(fc.nat(mac.length - 1), fc.constantFrom(...alphabet), (at, character) => {
      fc.pre(mac[at] !== character);
      const changed = `${mac.slice(0, at)}${character}${mac.slice(at + 1)}`;
      expect(isGenuine(`${sessionId}.${counter}.${changed}`, key)).toBe(false);
    }),
  );
});

test("the MAC of one counter or session does not fit another", () => {
  expect(isGenuine(`${sessionId}.4.${mac}`, key)).toBe(false);
  expect(isGenuine(`${randomUUID()}.${counter}.${mac}`, key)).toBe(false);
});

test("another session's key makes no genuine token", () => {
  expect(isGenuine(token, randomBytes(refreshKeyBytes))).toBe(false);
});
