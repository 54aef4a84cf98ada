import { runSql } from "@gatehouse/server/database";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import { handleJob } from "../../packages/server/src/job-handlers.ts";
import { openDeadLetters } from "../../packages/server/src/jobs/dead-letters.ts";
import { defineJob, type JobAttempt, JobFailure } from "../../packages/server/src/jobs/job.ts";
import { drivers } from "../database/drivers.ts";
import { patience } from "../support/patience.ts";
import { type JobProcess, startJobs } from "./job-process.ts";
import { type MigratedDatabase, shareMigrated } from "./migrated.ts";

const greeting = defineJob({
  name: "greet",
  schema: z.strictObject({ name: z.string() }),
  retry: { maxAttempts: 3, firstDelaySeconds: 1, maxDelaySeconds: 1 },
});

interface Greeter extends JobProcess {
  readonly opened: MigratedDatabase;
  /** Each attempt at a greeting, in order. */
  readonly attempts: readonly (JobAttempt & { readonly name: string; readonly at: number })[];
}

/** A worker that greets, or fails as the test says. */
async function startGreeter(
  opened: MigratedDatabase,
  fail: (attempt: JobAttempt) => void = () => undefined,
): Promise<Greeter> {
  const attempts: Greeter["attempts"][number][] = [];
  const handler = handleJob(greeting, async (_deps, { name }, attempt) => {
    attempts.push({ ...attempt, name, at: performance.now() });
    fail(attempt);
  });
  const process = await startJobs({ ...opened, handlers: [handler] });
  return { ...process, opened, attempts };
}

function openLettersOf({ opened, logger }: Greeter) {
  return openDeadLetters({ database: opened.config, db: opened.db, log: logger });
}

describe.each(drivers)("on %s a job", (driver) => {
  const database = shareMigrated(driver);

  test("runs once, after its transaction has committed", async () => {
    await using greeter = await startGreeter(database());
    await inTransaction(greeter.opened.db, async (trx) => {
      await greeter.runtime.queue.enqueue(trx, greeting, { name: "Ada" });
      expect(greeter.attempts).toEqual([]);
    });
    await greeter.enqueue(greeting, { name: "Grace" });
    await vi.waitFor(() => expect(greeter.attempts.map(({ name }) => name)).toContain("Grace"), patience);
    await greeter.runtime.drain(30);
    expect(greeter.attempts.map(({ name }) => name)).toEqual(["Ada", "Grace"]);
  });

  test("runs if it was enqueued within another statement, without a transaction", async () => {
    await using greeter = await startGreeter(database());
    const statement = await greeter.runtime.queue.prepare(greeting, { name: "Ada" });
    if (statement === undefined) throw new Error("pg-boss needs more than one statement");
    expect(greeter.attempts).toEqual([]);
    const { text, parameter } = statement;
    const enqueue = `run_within($job$${text}$job$, $job$${parameter}$job$)`;
    await runSql(greeter.opened.db, `select ${enqueue} from generate_series(1, 2)`);
    await vi.waitFor(() => expect(greeter.attempts.map(({ name }) => name)).toEqual(["Ada", "Ada"]), patience);
  });

  test("is not enqueued within another statement if only one of its key may wait, which takes several", async () => {
    await using greeter = await startGreeter(database());
    const single = defineJob({ name: "greet-once", schema: greeting.schema, isSingle: true });
    const keyed = defineJob({ name: "greet-each", schema: greeting.schema, waitsOnce: true });
    for (const job of [single, keyed]) {
      expect(await greeter.runtime.queue.prepare(job, { name: "Ada" })).toBeUndefined();
    }
  });

  test("does not exist after a rollback", async () => {
    await using greeter = await startGreeter(database());
    const rolledBack = inTransaction(greeter.opened.db, async (trx) => {
      await greeter.runtime.queue.enqueue(trx, greeting, { name: "nobody" });
      throw new Error("rolled back");
    });
    await expect(rolledBack).rejects.toThrow("rolled back");
    await greeter.enqueue(greeting, { name: "Ada" });
    await vi.waitFor(() => expect(greeter.attempts).toHaveLength(1), patience);
    expect(greeter.attempts[0]?.name).toBe("Ada");
  });

  test("that fails is tried again with the same id, and is a dead letter after its last attempt", async () => {
    await using greeter = await startGreeter(database(), () => {
      throw new Error("no voice");
    });
    await greeter.enqueue(greeting, { name: "Ada" });
    await using letters = await openLettersOf(greeter);
    await vi.waitFor(async () => expect(await letters.list(10)).toHaveLength(1), patience);
    expect(greeter.attempts.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(new Set(greeter.attempts.map(({ id }) => id)).size).toBe(1);
    expect(await letters.list(10)).toMatchObject([
      { job: "greet", attempts: 3, reason: "no voice", payload: { name: "Ada" } },
    ]);
  });

  test("that fails permanently is a dead letter at once, and runs when somebody retries it", async () => {
    let isMended = false;
    await using greeter = await startGreeter(database(), () => {
      if (!isMended) throw new JobFailure("refused", { isPermanent: true });
    });
    await greeter.enqueue(greeting, { name: "Ada" });
    await using letters = await openLettersOf(greeter);
    await vi.waitFor(async () => expect(await letters.list(10)).toHaveLength(1), patience);
    expect(greeter.attempts).toHaveLength(1);
    isMended = true;
    expect(await letters.retry("all")).toBe(1);
    await vi.waitFor(() => expect(greeter.attempts).toHaveLength(2), patience);
    expect(greeter.attempts[1]).toMatchObject({ id: greeter.attempts[0]?.id, number: 1 });
    expect(await letters.list(10)).toEqual([]);
  });

  test("whose payload does not parse is tried again, as a newer worker may read it, and the log has the reason", async () => {
    await using greeter = await startGreeter(database());
    await greeter.enqueue({ ...greeting, schema: z.object({ nom: z.string() }) }, { nom: "Ada" });
    await using letters = await openLettersOf(greeter);
    await vi.waitFor(async () => expect(await letters.list(10)).toHaveLength(1), patience);
    expect(greeter.attempts).toEqual([]);
    expect(greeter.log).toContainEqual(
      expect.objectContaining({ job: "greet", msg: "job failed for the last time: a dead letter" }),
    );
    expect(await letters.list(10)).toMatchObject([{ reason: "The payload does not parse", attempts: 3 }]);
  });

  test("that asks for a delay is not tried before", async () => {
    await using greeter = await startGreeter(database(), ({ number }) => {
      if (number === 1) throw new JobFailure("busy", { retryAfterSeconds: 3 });
    });
    await greeter.enqueue(greeting, { name: "Ada" });
    await vi.waitFor(() => expect(greeter.attempts).toHaveLength(2), patience);
    const [first, second] = greeter.attempts;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(2900);
  });

  test("is called again when the job's policy says, even if the provider asks for an immediate retry", async () => {
    await using greeter = await startGreeter(database(), () => {
      throw new JobFailure("busy", { retryAfterSeconds: 0 });
    });
    await greeter.enqueue(greeting, { name: "Ada" });
    await vi.waitFor(() => expect(greeter.attempts).toHaveLength(3), patience);
    const [first, , third] = greeter.attempts;
    expect((third?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1900);
  });

  test("is kept by its queue, which takes the settings of the newer version once", async () => {
    const opened = database();
    const open = async (timeoutSeconds: number) => {
      const handler = handleJob({ ...greeting, timeoutSeconds }, async () => undefined);
      return await startJobs({ ...opened, handlers: [handler], isWorker: false });
    };
    const readQueue = async () => {
      const { rows } = await runSql(
        opened.db,
        `select expire_seconds, retry_limit, xmin::text as version, (select count(*)::int from pgboss.job) as jobs
         from pgboss.queue where name = 'greet'`,
      );
      return rows[0];
    };
    await using older = await open(60);
    await older.enqueue(greeting, { name: "Ada" });
    const before = await readQueue();
    expect(before).toMatchObject({ expire_seconds: 60, retry_limit: 2, jobs: 1 });
    await using _same = await open(60);
    expect(await readQueue()).toEqual(before);
    await using _newer = await open(90);
    expect(await readQueue()).toMatchObject({ expire_seconds: 90, retry_limit: 2, jobs: 1 });
  });

  test("is refused if another job has its name", async () => {
    const handler = handleJob(greeting, async () => undefined);
    await expect(startJobs({ ...database(), handlers: [handler, handler] })).rejects.toThrow("two jobs named greet");
  });
});

test("a scheduled job has an empty payload, and a job's name is valid for a queue", () => {
  const schema = z.strictObject({ name: z.string() });
  expect(() => defineJob({ name: "nightly", schema, cron: "0 3 * * *" })).toThrow("empty object");
  expect(() => defineJob({ name: "Greet Everybody", schema })).toThrow("no name for a job");
});
