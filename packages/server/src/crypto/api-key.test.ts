import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { apiKeyBytes, apiKeyPrefix, formatApiKey, isApiKey, isWellFormedApiKey, withoutApiKeys } from "./api-key.ts";

const anyChance = fc.uint8Array({ minLength: apiKeyBytes, maxLength: apiKeyBytes });
const key = formatApiKey(randomBytes(apiKeyBytes));

// Worked out by Python's zlib.crc32 and integers.
test.each([
  [0x00, "gatehouse_00000000000000000000000000000000000000000002CZclj"],
  [0xff, "gatehouse_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13sRzl1"],
])("the chance of 32 bytes %i makes the key %s", (byte, expected) => {
  expect(formatApiKey(new Uint8Array(apiKeyBytes).fill(byte))).toBe(expected);
});

test("whatever chance there is makes a well-formed key, and another one another key", () => {
  fc.assert(
    fc.property(anyChance, anyChance, (some, other) => {
      const made = formatApiKey(some);
      expect([isApiKey(made), isWellFormedApiKey(made), made.length]).toEqual([true, true, 59]);
      expect(formatApiKey(other) === made).toBe(Buffer.compare(some, other) === 0);
    }),
  );
});

test("what is shown of a key is its beginning", () => {
  expect(apiKeyPrefix(key)).toMatch(/^gatehouse_[0-9A-Za-z]{6}$/);
  expect(key.startsWith(apiKeyPrefix(key))).toBe(true);
});

test.each([
  ["a key", key, `${apiKeyPrefix(key)}…`],
  ["two keys in an address", `/a/${key}?b=${key}`, `/a/${apiKeyPrefix(key)}…?b=${apiKeyPrefix(key)}…`],
  ["half a key", key.slice(0, 34), `${apiKeyPrefix(key)}…`],
  ["a key and more", `${key}xyz`, `${apiKeyPrefix(key)}…`],
  ["no key", "gatehouse_session_change of gatehouse_production", "gatehouse_session_change of gatehouse_production"],
])("of %s a text without keys shows no more than the beginning", (_what, text, shown) => {
  expect(withoutApiKeys(text)).toBe(shown);
});

test("a key of which any character was mistyped is not well formed", () => {
  const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.";
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.constantFrom(...alphabet), (at, character) => {
      fc.pre(key[at] !== character);
      expect(isWellFormedApiKey(`${key.slice(0, at)}${character}${key.slice(at + 1)}`)).toBe(false);
    }),
  );
});

test.each([
  ["nothing", ""],
  ["its mark alone", "gatehouse_"],
  ["a key that was cut off", key.slice(0, -1)],
  ["a key with something after it", `${key}0`],
  ["a key with a line break", `${key}\n`],
  ["a key in capitals", key.toUpperCase()],
  ["an access token", "eyJhbGciOiJFZERTQSJ9.e30.AAAA"],
])("%s is not well formed", (_what, token) => {
  expect(isWellFormedApiKey(token)).toBe(false);
});
