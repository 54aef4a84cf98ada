import { describe, expect, test } from "vitest";
import { createReadiness } from "./readiness.ts";

/** Creates a readiness check, whose calls of `look` the test counts and settles, and whose clock it moves. */
function scene() {
  let nowMillis = 0;
  const looks: PromiseWithResolvers<boolean>[] = [];
  const isReady = createReadiness({ clock: { now: () => new Date(nowMillis) } }, () => {
    const look = Promise.withResolvers<boolean>();
    looks.push(look);
    return look.promise;
  });
  return { isReady, looks, advance: (millis: number) => (nowMillis += millis) };
}

describe("readiness", () => {
  test("is checked once for simultaneous requests", async () => {
    const { isReady, looks } = scene();
    const asked = Promise.all(Array.from({ length: 1000 }, isReady));
    expect(looks).toHaveLength(1);
    looks[0]?.resolve(true);
    expect(new Set(await asked)).toEqual(new Set([true]));
  });

  test("is remembered for a second, and not longer", async () => {
    const { isReady, looks, advance } = scene();
    const first = isReady();
    looks[0]?.resolve(true);
    expect(await first).toBe(true);
    advance(999);
    expect(await isReady()).toBe(true);
    advance(1);
    const second = isReady();
    looks[1]?.resolve(false);
    expect(await second).toBe(false);
  });

  test("is denied when the check fails, and checked again after a second or a clock set back", async () => {
    const { isReady, looks, advance } = scene();
    const first = isReady();
    looks[0]?.reject(new Error("away"));
    expect([await first, await isReady()]).toEqual([false, false]);
    advance(-60_000);
    const second = isReady();
    looks[1]?.resolve(true);
    expect(await second).toBe(true);
  });
});
