import { describe, expect, test } from "vitest";
import { addSeconds } from "../../packages/server/src/clock.ts";
import type { CounterRule, CounterStore } from "../../packages/server/src/limits/counter.ts";
import { storeKinds } from "./counter-stores.ts";

const now = new Date("2030-01-01T00:00:00.000Z");
const threeAMinute: CounterRule = { max: 3, windowSeconds: 60 };
const growing: CounterRule = { max: 3, windowSeconds: 3600, maxDelaySeconds: 10 };

for (const { name, unreachable } of storeKinds) {
  if (unreachable !== undefined) process.stderr.write(`The limits' tests in ${name} are skipped: ${unreachable}\n`);
}

async function takeOne(store: CounterStore, rule: CounterRule, seconds = 0, key = "a") {
  const [taken] = await store.take([{ key, rule }], addSeconds(now, seconds));
  return taken;
}

describe.each(storeKinds)("counting in $name", ({ open, unreachable }) => {
  describe.skipIf(unreachable !== undefined)("is atomic for each key", () => {
    test("allows the number of the rule, and then none until the window is over", async () => {
      await using opened = await open();
      const [store] = opened.instances;
      const free = { allowed: true, blockedUntil: null };
      const end = addSeconds(now, 60);
      expect(await takeOne(store, threeAMinute)).toEqual(free);
      expect(await takeOne(store, threeAMinute, 20)).toEqual(free);
      expect(await takeOne(store, threeAMinute, 40)).toEqual({ allowed: true, blockedUntil: end });
      expect(await takeOne(store, threeAMinute, 41)).toEqual({ allowed: false, blockedUntil: end });
      expect(await takeOne(store, threeAMinute, 59.999)).toEqual({ allowed: false, blockedUntil: end });
      expect(await takeOne(store, threeAMinute, 60)).toEqual(free);
    });

    test("counts each key by itself, and several at once", async () => {
      await using opened = await open();
      const [store] = opened.instances;
      const counters = [
        { key: "b", rule: { max: 1, windowSeconds: 60 } },
        { key: "a", rule: { max: 2, windowSeconds: 60 } },
      ];
      const allowed = async () => (await store.take(counters, now)).map((taken) => taken.allowed);
      expect([await allowed(), await allowed(), await allowed()]).toEqual([
        [true, true],
        [false, true],
        [false, false],
      ]);
    });

    test("lengthens waits up to the longest, and does not count attempts that came too early", async () => {
      await using opened = await open();
      const [store] = opened.instances;
      const waits: number[] = [];
      let seconds = 0;
      for (let count = 1; count <= 8; count++) {
        const taken = await takeOne(store, growing, seconds);
        expect(taken?.allowed).toBe(true);
        const wait =
          taken?.blockedUntil == null ? 0 : taken.blockedUntil.getTime() / 1000 - now.getTime() / 1000 - seconds;
        waits.push(wait);
        if (wait > 0) {
          const early = await takeOne(store, growing, seconds + wait - 0.001);
          expect(early).toEqual({ allowed: false, blockedUntil: addSeconds(now, seconds + wait) });
        }
        seconds += wait;
      }
      expect(waits).toEqual([0, 0, 1, 2, 4, 8, 10, 10]);
    });

    test("forgets failures older than the window, measured from the last one", async () => {
      await using opened = await open();
      const [store] = opened.instances;
      for (const seconds of [0, 3000, 6000]) await takeOne(store, growing, seconds);
      expect((await takeOne(store, growing, 6000))?.allowed).toBe(false);
      expect(await takeOne(store, growing, 9600)).toEqual({ allowed: true, blockedUntil: null });
    });

    test("refunds one, with the wait that it caused", async () => {
      await using opened = await open();
      const [store] = opened.instances;
      for (let count = 0; count < 3; count++) await takeOne(store, threeAMinute);
      await store.settle({ giveBack: ["a", "unknown"] });
      expect((await takeOne(store, threeAMinute))?.allowed).toBe(true);
      expect((await takeOne(store, threeAMinute))?.allowed).toBe(false);
    });

    test("resets one key alone when told to", async () => {
      await using opened = await open();
      const [store] = opened.instances;
      const once = { max: 1, windowSeconds: 60 };
      for (const key of ["a", "b"]) await takeOne(store, once, 0, key);
      await store.settle({ reset: ["a"] });
      expect((await takeOne(store, once, 0, "a"))?.allowed).toBe(true);
      expect((await takeOne(store, once, 0, "b"))?.allowed).toBe(false);
    });

    test("resets some keys and refunds others in one step", async () => {
      await using opened = await open();
      const [store] = opened.instances;
      const twice = { max: 2, windowSeconds: 60 };
      for (const key of ["a", "b", "c", "a", "b", "c"]) await takeOne(store, twice, 0, key);
      await store.settle({ reset: ["b"], giveBack: ["a"] });
      const letThrough = async (key: string) => [
        (await takeOne(store, twice, 0, key))?.allowed,
        (await takeOne(store, twice, 0, key))?.allowed,
      ];
      expect(await letThrough("a")).toEqual([true, false]);
      expect(await letThrough("b")).toEqual([true, true]);
      expect(await letThrough("c")).toEqual([false, false]);
    });

    test("from two instances allows exactly the number of the rule, of 200 at once", async () => {
      await using opened = await open();
      const rules = [
        { rule: { max: 50, windowSeconds: 60 }, expected: 50 },
        { rule: growing, expected: 3 },
      ];
      for (const [index, { rule, expected }] of rules.entries()) {
        const taken = await Promise.all(
          Array.from({ length: 200 }, (_, call) => {
            const store = call % 2 === 0 ? opened.instances[0] : opened.instances[1];
            return takeOne(store, rule, 0, `key ${index}`);
          }),
        );
        expect(taken.filter((one) => one?.allowed)).toHaveLength(expected);
      }
    });

    test("of several keys at once, in any order, never deadlocks", async () => {
      await using opened = await open();
      const counters = Array.from({ length: 10 }, (_, index) => ({
        key: `key ${index}`,
        rule: { max: 1000, windowSeconds: 60 },
      }));
      const keys = counters.map(({ key }) => key);
      await Promise.all(
        Array.from({ length: 60 }, (_, call) => {
          const store = call % 2 === 0 ? opened.instances[0] : opened.instances[1];
          if (call % 3 === 0) {
            return store.settle({ reset: keys.slice(5).toReversed(), giveBack: keys.slice(0, 5).toReversed() });
          }
          return store.take(call % 4 === 0 ? counters.toReversed() : counters, now);
        }),
      );
      expect((await takeOne(opened.instances[0], { max: 1000, windowSeconds: 60 }, 0, "key 3"))?.allowed).toBe(true);
    });

    test("deletes expired counts, and nothing else", async () => {
      await using opened = await open();
      const [store] = opened.instances;
      const once = { max: 1, windowSeconds: 60 };
      await takeOne(store, once, 0, "old");
      await takeOne(store, once, 30, "new");
      await store.forgetExpired(addSeconds(now, 60));
      expect((await takeOne(store, once, 60, "old"))?.allowed).toBe(true);
      expect((await takeOne(store, once, 60, "new"))?.allowed).toBe(false);
    });
  });
});
