import { runSql } from "@gatehouse/server/database";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import { handleJob } from "../../packages/server/src/job-handlers.ts";
import { defineJob, type JobAttempt } from "../../packages/server/src/jobs/job.ts";
import { drivers } from "../database/drivers.ts";
import { postgresUnreachable } from "../support/database.ts";
import { patience } from "../support/patience.ts";
import { startJobs } from "./job-process.ts";
import { openMigrated } from "./migrated.ts";

const counting = defineJob({
  name: "count",
  schema: z.strictObject({ number: z.int() }),
  retry: { firstDelaySeconds: 1, maxDelaySeconds: 1 },
});

/** A handler whose jobs go on until the test lets them. */
function createHeldHandler() {
  const started: number[] = [];
  const finished: number[] = [];
  const attempts: JobAttempt[] = [];
  const gate = Promise.withResolvers<void>();
  const handler = handleJob(counting, async (_deps, { number }, attempt) => {
    started.push(number);
    attempts.push(attempt);
    await gate.promise;
    finished.push(number);
  });
  return { handler, started, finished, attempts, release: gate.resolve };
}

describe.each(drivers)("on %s a worker", (driver) => {
  test("runs at most JOBS_CONCURRENCY jobs at once", async () => {
    await using opened = await openMigrated(driver);
    const { handler, started, finished, release } = createHeldHandler();
    await using process = await startJobs({ ...opened, handlers: [handler], concurrency: 2 });
    for (const number of [1, 2, 3]) await process.enqueue(counting, { number });
    await vi.waitFor(() => expect(started).toHaveLength(2), patience);
    release();
    await vi.waitFor(() => expect(finished.toSorted()).toEqual([1, 2, 3]), patience);
    expect(started).toHaveLength(3);
  });

  test("finishes running jobs when it stops, and leaves the rest", async () => {
    await using opened = await openMigrated(driver);
    const { handler, started, finished, release } = createHeldHandler();
    await using stopping = await startJobs({ ...opened, handlers: [handler], concurrency: 1 });
    await stopping.enqueue(counting, { number: 1 });
    await stopping.enqueue(counting, { number: 2 });
    await vi.waitFor(() => expect(started).toHaveLength(1), patience);
    const drained = stopping.runtime.drain(60);
    release();
    await drained;
    expect(finished).toEqual(started);
    expect(finished).toHaveLength(1);
  });

  test("aborts a job that does not finish in time, for the next worker", async () => {
    await using opened = await openMigrated(driver);
    const hanging = createHeldHandler();
    const first = await startJobs({ ...opened, handlers: [hanging.handler] });
    await first.enqueue(counting, { number: 1 });
    await vi.waitFor(() => expect(hanging.started).toEqual([1]), patience);
    await first.runtime.drain(1);
    await first.runtime.close();
    expect(hanging.attempts[0]?.signal.aborted).toBe(true);
    const next = createHeldHandler();
    next.release();
    await using _second = await startJobs({ ...opened, handlers: [next.handler] });
    await vi.waitFor(() => expect(next.finished).toEqual([1]), patience);
    expect(next.attempts[0]?.number).toBe(2);
    hanging.release();
  });

  test("keeps the schedules of its jobs, and removes those of jobs that no longer exist", async () => {
    await using opened = await openMigrated(driver);
    const nightly = defineJob({ name: "nightly", schema: z.strictObject({}), cron: "17 3 * * *" });
    const handlers = [handleJob(nightly, async () => undefined)];
    const schedules = async () =>
      (await runSql(opened.db, "select name, cron, timezone from pgboss.schedule")).rows.map((row) => ({ ...row }));
    await using _with = await startJobs({ ...opened, handlers });
    expect(await schedules()).toEqual([{ name: "nightly", cron: "17 3 * * *", timezone: "UTC" }]);
    await using _without = await startJobs({ ...opened, handlers: [] });
    expect(await schedules()).toEqual([]);
  });
});

describe.skipIf(postgresUnreachable)("processes on one database", () => {
  test("share the jobs, and each runs once", async () => {
    await using opened = await openMigrated("PostgreSQL");
    const first = createHeldHandler();
    const second = createHeldHandler();
    await using one = await startJobs({ ...opened, handlers: [first.handler], concurrency: 1 });
    await using _two = await startJobs({ ...opened, handlers: [second.handler], concurrency: 1 });
    await inTransaction(opened.db, async (trx) => {
      for (let number = 0; number < 100; number++) await one.runtime.queue.enqueue(trx, counting, { number });
    });
    await vi.waitFor(() => expect([first.started.length, second.started.length]).toEqual([1, 1]), patience);
    first.release();
    second.release();
    const done = () => [...first.finished, ...second.finished].toSorted((a, b) => a - b);
    await vi.waitFor(() => expect(done()).toEqual(Array.from({ length: 100 }, (_, number) => number)), patience);
    expect(first.started.length + second.started.length).toBe(100);
  });

  test("with JOBS=off leave their jobs to the others", async () => {
    await using opened = await openMigrated("PostgreSQL");
    const idle = createHeldHandler();
    const busy = createHeldHandler();
    busy.release();
    await using server = await startJobs({ ...opened, handlers: [idle.handler], isWorker: false });
    await server.enqueue(counting, { number: 1 });
    await using _worker = await startJobs({ ...opened, handlers: [busy.handler] });
    await server.enqueue(counting, { number: 2 });
    await vi.waitFor(() => expect(busy.finished.toSorted()).toEqual([1, 2]), patience);
    expect(idle.started).toEqual([]);
  });
});
