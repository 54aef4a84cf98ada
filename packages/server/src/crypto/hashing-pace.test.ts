import fc from "fast-check";
import { expect, test } from "vitest";
import { HashingPace } from "./hashing-pace.ts";

const atOnce = { tookMillis: 15, computedMillis: 14 };
const heldUp = { tookMillis: 30, computedMillis: 14 };

/** What a thread rests after each of so many hashes. */
function rests(pace: HashingPace, count: number, hash: typeof atOnce): number[] {
  return Array.from({ length: count }, () => pace.restAfter(hash));
}

test("with cores enough a thread does not rest", () => {
  expect(rests(new HashingPace(), 100, atOnce)).toEqual(Array(100).fill(0));
});

test("one hash that was held up is chance", () => {
  const pace = new HashingPace();
  rests(pace, 20, atOnce);
  expect(pace.restAfter(heldUp)).toBe(0);
  expect(rests(pace, 100, atOnce)).toEqual(Array(100).fill(0));
});

test("where hashes wait for cores a thread rests half as long again as they take, until there are cores again", () => {
  const pace = new HashingPace();
  rests(pace, 20, atOnce);
  expect(rests(pace, 20, heldUp).at(-1)).toBe(45);
  expect(rests(pace, 20, atOnce).at(-1)).toBe(0);
});

test("a rest has a length that Atomics.wait takes, of a quarter of a second at most, however long a hash takes", () => {
  const millis = fc.double({ min: 0, max: 1e7, noNaN: true });
  const hashes = fc.array(fc.record({ tookMillis: millis, computedMillis: millis }), { minLength: 1 });
  fc.assert(
    fc.property(hashes, (all) => {
      const pace = new HashingPace();
      const lengths = all.map((hash) => pace.restAfter(hash));
      expect(lengths.every((length) => length >= 0 && length <= 250)).toBe(true);
    }),
  );
});
