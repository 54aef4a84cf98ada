import { expect, test } from "vitest";
import { Reloader } from "./reloader.ts";

test("each caller gets a load that began after the call, and simultaneous callers share it", async () => {
  let begun = 0;
  let finish: () => void = () => undefined;
  const reloader = new Reloader(() => {
    begun += 1;
    return new Promise((resolve) => (finish = resolve));
  });
  const first = reloader.reload();
  while (begun < 1) await Promise.resolve();
  const others = Array.from({ length: 1000 }, () => reloader.reload());
  finish();
  await first;
  while (begun < 2) await new Promise(setImmediate);
  finish();
  await Promise.all(others);
  expect(begun).toBe(2);
});

test("loads are a minimum time apart, however many callers come one after the other", async () => {
  const times: number[] = [];
  const reloader = new Reloader(async () => void times.push(performance.now()));
  for (let load = 0; load < 3; load++) await reloader.reload();
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  // Timers may be a little early.
  for (const pause of pauses) expect(pause).toBeGreaterThan(190);
});

test("a load that fails rejects its callers, and the next one is tried", async () => {
  let fails = true;
  const reloader = new Reloader(async () => {
    if (fails) throw new Error("no database");
  });
  await expect(reloader.reload()).rejects.toThrow("no database");
  expect(reloader.loadedAt).toBe(Number.NEGATIVE_INFINITY);
  fails = false;
  const before = performance.now();
  await reloader.reload();
  expect(reloader.loadedAt).toBeGreaterThanOrEqual(before);
});
