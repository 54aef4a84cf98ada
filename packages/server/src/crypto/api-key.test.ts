import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { apiKeyBytes, apiKeyPrefix, formatApiKey, isApiKey, withoutApiKeys } from "./api-key.ts";

const anyChance = fc.uint8Array({ minLength: apiKeyBytes, maxLength: apiKeyBytes });
const key = formatApiKey(randomBytes(apiKeyBytes));

// Worked out by Python's zlib.crc32 and integers.
test.each([
  [0x00, "gatehouse_00000000000000000000000000000000000000000002CZclj"],
  [0xff, "gatehouse_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13sRzl1"],
])("the 32 random bytes %i make the key %s", (byte, expected) => {
  expect(formatApiKey(new Uint8Array(apiKeyBytes).fill(byte))).toBe(expected);
});

test("any random bytes make a key, and other bytes another key", () => {
  fc.assert(
    fc.property(anyChance, anyChance, (some, other) => {
      const made = formatApiKey(some);
      expect([isApiKey(made), made.length]).toEqual([true, 59]);
      expect(formatApiKey(other) === made).toBe(Buffer.compare(some, other) === 0);
    }),
  );
});

test("the visible part of a key is its beginning", () => {
  expect(apiKeyPrefix(key)).toMatch(/^gatehouse_[0-9A-Za-z]{6}$/);
  expect(key.startsWith(apiKeyPrefix(key))).toBe(true);
});

test.each([
  ["a key", key, `${apiKeyPrefix(key)}…`],
  ["two keys in an address", `/a/${key}?b=${key}`, `/a/${apiKeyPrefix(key)}…?b=${apiKeyPrefix(key)}…`],
  ["half a key", key.slice(0, 34), `${apiKeyPrefix(key)}…`],
  ["a key and more", `${key}xyz`, `${apiKeyPrefix(key)}…`],
  ["no key", "gatehouse_session_change of gatehouse_production", "gatehouse_session_change of gatehouse_production"],
])("%s: a text without keys shows only the beginning", (_what, text, shown) => {
  expect(withoutApiKeys(text)).toBe(shown);
});
