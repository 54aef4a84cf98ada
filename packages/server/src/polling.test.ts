import { expect, test } from "vitest";
import { startPolling } from "./polling.ts";

const pauseMillis = 5;

test("polls again once the last run has ended, and never two at a time", async () => {
  let running = 0;
  const atOnce: number[] = [];
  const third = Promise.withResolvers<void>();
  const stop = startPolling(async () => {
    running += 1;
    atOnce.push(running);
    await new Promise((resolve) => setTimeout(resolve, 3 * pauseMillis));
    running -= 1;
    if (atOnce.length === 3) third.resolve();
  }, pauseMillis);
  await third.promise;
  await stop();
  expect(new Set(atOnce)).toEqual(new Set([1]));
});

test("a stop waits for the run that is under way, and no other begins", async () => {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  let runs = 0;
  const stop = startPolling(async () => {
    runs += 1;
    begun.resolve();
    await finish.promise;
  }, pauseMillis);
  await begun.promise;
  let isStopped = false;
  const stopped = stop().then(() => {
    isStopped = true;
  });
  await new Promise(setImmediate);
  expect(isStopped).toBe(false);
  finish.resolve();
  await stopped;
  expect(runs).toBe(1);
});

test("a stop during the pause does not wait for its end", async () => {
  let runs = 0;
  const stop = startPolling(
    async () => {
      runs += 1;
    },
    2 ** 31 - 1,
  );
  await stop();
  expect(runs).toBe(0);
});
