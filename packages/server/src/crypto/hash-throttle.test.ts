import fc from "fast-check";
import { expect, test } from "vitest";
import { defaultHashConcurrency, HashThrottle } from "./hash-throttle.ts";

interface Hash {
  readonly tookMillis: number;
  readonly computedMillis: number;
}

const atOnce = { tookMillis: 15, computedMillis: 14 };
const heldUp = { tookMillis: 30, computedMillis: 14 };

/** Starts a thread. Returns a function that computes hashes on it and returns the cooldown after each. */
function startThread({ tickMillis = 0 } = {}) {
  let [wall, cpu] = [0, 0];
  const cpuMillis = () => (tickMillis === 0 ? cpu : Math.floor(cpu / tickMillis) * tickMillis);
  const throttle = new HashThrottle({ wallMillis: () => wall, cpuMillis });
  return (count: number, { tookMillis, computedMillis }: Hash) =>
    Array.from({ length: count }, () => {
      throttle.start();
      wall += tookMillis;
      cpu += computedMillis;
      return throttle.finish();
    });
}

test("with enough cores a thread does not rest", () => {
  expect(startThread()(100, atOnce)).toEqual(Array(100).fill(0));
});

test("a reading of the processor time that lags by a tick does not count as scarce cores", () => {
  const compute = startThread({ tickMillis: 10 });
  expect(compute(100, { tookMillis: 3, computedMillis: 3 }).slice(30)).toEqual(Array(70).fill(0));
});

test("a single delayed hash does not count, even the first", () => {
  const compute = startThread();
  expect(compute(1, heldUp)).toEqual([0]);
  expect(compute(20, atOnce)).toEqual(Array(20).fill(0));
  expect(compute(1, heldUp)).toEqual([0]);
  expect(compute(20, atOnce)).toEqual(Array(20).fill(0));
});

test("when hashes wait for cores, a thread rests half as long again as a hash takes, until there are cores again", () => {
  const compute = startThread();
  compute(20, atOnce);
  expect(compute(20, heldUp).at(-1)).toBe(45);
  expect(compute(20, atOnce).at(-1)).toBe(0);
});

test("a rest is a quarter of a second at most, however long a hash takes", () => {
  const millis = fc.double({ min: 0, max: 1e7, noNaN: true });
  const hashes = fc.array(fc.record({ tookMillis: millis, computedMillis: millis }), { minLength: 10 });
  fc.assert(
    fc.property(hashes, (all) => {
      const compute = startThread();
      const rests = all.flatMap((hash) => compute(1, hash));
      expect(rests.every((rest) => rest >= 0 && rest <= 250)).toBe(true);
    }),
  );
});

test("hashes leave a core to the event loop where there are two, and are few where there are many", () => {
  expect([1, 2, 3, 4, 64].map(defaultHashConcurrency)).toEqual([1, 1, 2, 3, 4]);
});
