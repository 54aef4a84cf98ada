import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultHashConcurrency, HashThrottle, hashingNiceness } from "./hash-throttle.ts";

interface Hash {
  readonly tookMillis: number;
  readonly computedMillis: number;
}

const atOnce = { tookMillis: 15, computedMillis: 14 };
const heldUp = { tookMillis: 25, computedMillis: 14 };

/** Starts a thread. Returns a function that computes hashes on it and returns the rest after each. */
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

test("when hashes wait for cores, a thread rests until it has used two fifths of the time", () => {
  const compute = startThread();
  compute(20, atOnce);
  expect(compute(20, heldUp).at(-1)).toBeCloseTo(14 / 0.4 - 25);
});

test("a thread that gets less than two fifths of a core anyway does not rest", () => {
  const compute = startThread();
  expect(compute(50, { tookMillis: 36, computedMillis: 14 })).toEqual(Array(50).fill(0));
});

test("a thread goes on resting while the rests are not enough for the others, and stops when they are", () => {
  const compute = startThread();
  compute(20, heldUp);
  const slightlyHeldUp = { tookMillis: 18, computedMillis: 14 };
  expect(compute(20, slightlyHeldUp).at(-1)).toBeCloseTo(14 / 0.4 - 18);
  expect(compute(20, atOnce).at(-1)).toBe(0);
  expect(compute(20, slightlyHeldUp).at(-1)).toBe(0);
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

test("a hashing thread is nicer than its server, also where that is nice itself, and within the range of nice(2)", () => {
  expect([0, 10, 15, 19, -5].map(hashingNiceness)).toEqual([5, 15, 19, 19, 0]);
});

describe.each([1, 2, 4, 8])("on a machine with %i cores", (cores) => {
  const threads = defaultHashConcurrency(cores);

  test("hashes get what there is when nobody else wants much", () => {
    const { hashing } = simulate({ cores, wanted: cores === 1 ? 0.2 : 0.5 }, 10);
    expect(hashing).toBeGreaterThan(cores === 1 ? 0.75 : 0.99 * Math.min(threads, cores - 0.5));
  });

  test("other work keeps three fifths of each core that hashes use, even where hashes have the same priority", () => {
    for (const wanted of [1.25 * cores, 2 * cores, 4 * cores]) {
      const { hashing, other } = simulate({ cores, wanted, weight: weights.other }, 10);
      expect(hashing).toBeLessThan(0.42 * threads);
      expect(other).toBeGreaterThan(cores - 0.42 * threads);
    }
  });

  test("sign-ins go on at their weight, however much other work there is", () => {
    for (const wanted of [cores, 2 * cores, 4 * cores]) {
      const { hashing } = simulate({ cores, wanted }, 10);
      const byWeight = (cores * threads * weights.hashing) / (threads * weights.hashing + wanted * weights.other);
      expect(hashing).toBeGreaterThan(0.95 * Math.min(0.4 * threads, byWeight));
    }
  });
});

interface Machine {
  readonly cores: number;
  /** The scheduler's weight of a hashing thread. Default: that on Linux. */
  readonly weight?: number;
  /** Cores that other work would use if it had them, at any time. */
  readonly wanted: number;
}

/** The processor time of one hash in the simulation, in milliseconds. */
const hashMillis = 15;

/** The scheduler's weight of a hashing thread, and of as much other work as one core can do. */
const weights = { hashing: 335, other: 1024 };

/**
 * Runs the default number of hashing threads on a simulated machine, in steps of a millisecond. The scheduler divides the cores by
 * weight, and gives no thread more than one. Returns the cores that hashes and other work used.
 */
function simulate(machine: Machine, seconds: number): { hashing: number; other: number } {
  const { cores, wanted } = machine;
  let wall = 0;
  const used = { hashing: 0, other: 0 };
  const threads = Array.from({ length: defaultHashConcurrency(cores) }, () => {
    const thread = { cpu: 0, left: 0, restsUntil: 0 };
    return { thread, throttle: new HashThrottle({ wallMillis: () => wall, cpuMillis: () => thread.cpu }) };
  });
  for (; wall < seconds * 1000; wall++) {
    const active = threads.filter(({ thread }) => thread.restsUntil <= wall);
    const share = coresOfHash(machine, active.length);
    used.other += Math.min(wanted, cores - share * active.length);
    for (const { thread, throttle } of active) {
      if (thread.left <= 0) {
        throttle.start();
        thread.left += hashMillis;
      }
      used.hashing += share;
      thread.cpu += share;
      thread.left -= share;
      if (thread.left <= 0) thread.restsUntil = wall + throttle.finish();
    }
  }
  return { hashing: used.hashing / wall, other: used.other / wall };
}

/** The part of a core that each of the active threads gets. */
function coresOfHash({ cores, wanted, weight = weights.hashing }: Machine, active: number): number {
  const byWeight = (cores * weight) / (active * weight + wanted * weights.other);
  return Math.min(1, Math.max(byWeight, (cores - wanted) / Math.max(active, 1)));
}
