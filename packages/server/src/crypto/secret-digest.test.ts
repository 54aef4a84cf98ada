import fc from "fast-check";
import { expect, test } from "vitest";
import { digestSecret, matchesDigest } from "./secret-digest.ts";

test("a secret matches only its own digest", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (secret, other) => {
      expect(matchesDigest(secret, digestSecret(secret))).toBe(true);
      expect(matchesDigest(other, digestSecret(secret))).toBe(other === secret);
    }),
  );
});

test("a digest of the wrong length matches nothing", () => {
  expect(matchesDigest("secret", digestSecret("secret").subarray(1))).toBe(false);
  expect(matchesDigest("secret", new Uint8Array())).toBe(false);
});
