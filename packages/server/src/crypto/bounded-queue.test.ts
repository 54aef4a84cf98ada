import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedQueue, QueueFullError } from "./bounded-queue.ts";

/** Work that goes on until the test ends it. */
function createWork<T>() {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let isStarted = false;
  const work = () => {
    isStarted = true;
    return promise;
  };
  return { work, resolve, reject, isStarted: () => isStarted };
}

/** Lets everything that is ready run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("work beyond the concurrency waits and starts in the order of arrival", async () => {
  const queue = new BoundedQueue({ concurrency: 2, maxWaiting: 10 });
  const works = Array.from({ length: 4 }, () => createWork<number>());
  const results = works.map(({ work }) => queue.run(work));
  const started = () => works.map(({ isStarted }) => isStarted());
  await settle();
  expect(started()).toEqual([true, true, false, false]);
  works[1]?.resolve(1);
  await settle();
  expect(started()).toEqual([true, true, true, false]);
  works[0]?.resolve(0);
  works[2]?.resolve(2);
  works[3]?.resolve(3);
  expect(await Promise.all(results)).toEqual([0, 1, 2, 3]);
});

test("work beyond the waiting limit is refused at once and never starts", async () => {
  const queue = new BoundedQueue({ concurrency: 1, maxWaiting: 1 });
  const [running, waiting, refused] = [createWork<string>(), createWork<string>(), createWork<string>()];
  const results = [queue.run(running.work), queue.run(waiting.work)];
  await expect(queue.run(refused.work)).rejects.toThrow(QueueFullError);
  expect(refused.isStarted()).toBe(false);
  running.resolve("ran");
  waiting.resolve("waited");
  expect(await Promise.all(results)).toEqual(["ran", "waited"]);
});

test("the queue admits what may run and wait, and one more when one has finished", () => {
  const queue = new BoundedQueue({ concurrency: 1, maxWaiting: 1 });
  const first = queue.admit();
  queue.admit();
  expect(() => queue.admit()).toThrow(QueueFullError);
  first[Symbol.dispose]();
  queue.admit();
  expect(() => queue.admit()).toThrow(QueueFullError);
});

test("refused work is told how long the work ahead of it will take", async () => {
  let now = 0;
  const queue = new BoundedQueue({ concurrency: 2, maxWaiting: 2, monotonicMillis: () => now });
  const after = (millis: number) => async () => {
    now += millis;
  };
  await queue.run(after(400));
  await queue.run(after(1200));
  // The mean has moved from 400 by an eighth of the difference.
  const work = Array.from({ length: 4 }, () => createWork<void>());
  const results = work.map(({ work: run }) => queue.run(run));
  await expect(queue.run(after(0))).rejects.toMatchObject({ waitMillis: (500 * 4) / 2 });
  const places = Array.from({ length: 4 }, () => queue.admit());
  expect(() => queue.admit()).toThrow(expect.objectContaining({ waitMillis: (500 * 4) / 2 }));
  for (const place of places) place[Symbol.dispose]();
  for (const { resolve } of work) resolve();
  await Promise.all(results);
});

test("work that fails rejects with its error and frees its place", async () => {
  const queue = new BoundedQueue({ concurrency: 1, maxWaiting: 2 });
  const rejecting = queue.run(() => Promise.reject(new Error("rejected")));
  const throwing = queue.run(() => {
    throw new Error("thrown");
  });
  const last = queue.run(async () => "ran");
  await expect(rejecting).rejects.toThrow("rejected");
  await expect(throwing).rejects.toThrow("thrown");
  expect(await last).toBe("ran");
});

test("under any load and failures, at most the concurrency runs and no place is lost", async () => {
  const limits = { concurrency: fc.integer({ min: 1, max: 4 }), maxWaiting: fc.nat(5) };
  await fc.assert(
    fc.asyncProperty(fc.record(limits), fc.array(fc.boolean(), { maxLength: 30 }), async (limit, outcomes) => {
      const queue = new BoundedQueue(limit);
      let running = 0;
      let most = 0;
      const work = (isFailing: boolean) => async () => {
        running += 1;
        most = Math.max(most, running);
        await settle();
        running -= 1;
        if (isFailing) throw new Error("failed");
      };
      const refused = (await Promise.allSettled(outcomes.map((isFailing) => queue.run(work(isFailing))))).filter(
        (result) => result.status === "rejected" && result.reason instanceof QueueFullError,
      );
      expect(most).toBe(Math.min(outcomes.length, limit.concurrency));
      expect(refused).toHaveLength(Math.max(0, outcomes.length - limit.concurrency - limit.maxWaiting));
      const again = Array.from({ length: limit.concurrency + limit.maxWaiting }, () => queue.run(work(false)));
      await Promise.all(again);
    }),
    { numRuns: 50 },
  );
});
