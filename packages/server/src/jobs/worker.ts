import { setTimeout as delay } from "node:timers/promises";
import type { JobResult, JobWithMetadata, PgBoss, WorkOptions } from "pg-boss";
import { addSeconds } from "../clock.ts";
import type { Logger } from "../logging/logger.ts";
import { JobFailure, type JobHandler } from "./job.ts";
import { heartbeatRefreshSeconds } from "./queues.ts";

/**
 * Seconds between polls by one worker of each queue, which wakes the others when it finds a job. New jobs are notified; the
 * polls find retries that are due, and jobs whose notification was lost.
 */
const lookoutIntervalSeconds = 1;

/** Seconds between polls by the other workers. */
const othersIntervalSeconds = 60;

/** Works on the queues of its handlers until it is stopped. */
export class JobWorker<Deps extends JobWorkerDeps> {
  readonly #boss: PgBoss;
  readonly #deps: Deps;
  readonly #queues: string[] = [];

  constructor(boss: PgBoss, deps: Deps) {
    this.#boss = boss;
    this.#deps = deps;
  }

  /** Starts the workers of each queue; a worker runs one job at a time. */
  async start(handlers: readonly JobHandler<Deps>[], concurrency: number): Promise<void> {
    for (const handler of handlers) {
      this.#queues.push(handler.job.name);
      const workerIds: string[] = [];
      for (let index = 0; index < concurrency; index++) {
        workerIds.push(await this.#startOne(handler, { isLookout: index === 0, workerIds }));
      }
    }
  }

  async #startOne(
    handler: JobHandler<Deps>,
    { isLookout, workerIds }: { isLookout: boolean; workerIds: readonly string[] },
  ) {
    const boss = this.#boss;
    const context = { boss, deps: this.#deps, handler };
    const options = { ...workOptions(isLookout), includeMetadata: true, perJobResults: true } as const;
    return await boss.work<unknown, unknown, typeof options>(handler.job.name, options, async (jobs) => {
      // There may be more jobs: the others look at once, and this worker as soon as it is done.
      for (const id of workerIds) boss.notifyWorker(id);
      return await Promise.all(jobs.map((job) => runAttempt(context, job)));
    });
  }

  /**
   * Takes no more jobs, and lets running ones finish. A job that is unfinished at the deadline is aborted and returned to the
   * queue, where it counts as an attempt.
   */
  async drain(deadlineSeconds: number): Promise<void> {
    const finished = Promise.all(this.#queues.map((name) => this.#boss.offWork(name)));
    const deadline = new AbortController();
    const late = delay(deadlineSeconds * 1000, "late", { signal: deadline.signal }).catch(() => "in time");
    if ((await Promise.race([finished, late])) === "late") {
      this.#deps.log.warn("jobs did not finish in time and are given back to the queue");
    }
    deadline.abort();
  }
}

function workOptions(isLookout: boolean): WorkOptions {
  const intervalSeconds = isLookout ? lookoutIntervalSeconds : othersIntervalSeconds;
  return {
    pollingIntervalSeconds: intervalSeconds,
    notifyPollingIntervalSeconds: intervalSeconds,
    heartbeatRefreshSeconds,
  };
}

/** The part of its handlers' dependencies that a worker needs itself. */
export interface JobWorkerDeps {
  readonly log: Logger;
}

/** The context of an attempt, besides the job. */
interface AttemptContext<Deps extends JobWorkerDeps> {
  readonly boss: PgBoss;
  readonly deps: Deps;
  readonly handler: JobHandler<Deps>;
}

/** Runs one attempt at a job and returns the job's result; never rejects because of the handler. */
async function runAttempt<Deps extends JobWorkerDeps>(
  context: AttemptContext<Deps>,
  job: JobWithMetadata<unknown>,
): Promise<JobResult> {
  const { id, retryCount, signal } = job;
  try {
    const run = prepare(context.handler, job.data);
    await run(context.deps, { id: job.sourceRootId ?? id, number: retryCount + 1, signal });
    return { id, status: "completed" };
  } catch (error) {
    return await settleFailure(context, job, error);
  }
}

function prepare<Deps>(handler: JobHandler<Deps>, data: unknown): ReturnType<JobHandler<Deps>["prepare"]> {
  try {
    return handler.prepare(data);
  } catch (cause) {
    // A worker of a newer version, which knows such payloads, may get the next attempt.
    throw new JobFailure("The payload does not parse", { cause });
  }
}

async function settleFailure(
  { boss, deps }: Pick<AttemptContext<JobWorkerDeps>, "boss" | "deps">,
  job: JobWithMetadata<unknown>,
  err: unknown,
) {
  const failure = err instanceof JobFailure ? err : undefined;
  const notes = { job: job.name, jobId: job.id, attempt: job.retryCount + 1, err };
  const output = { message: err instanceof Error ? err.message : String(err) };
  if (failure?.isPermanent) {
    deps.log.error(notes, "job failed and is not tried again: a dead letter");
    return { id: job.id, status: "deadletter", output } satisfies JobResult;
  }
  const isLast = job.retryCount >= job.retryLimit;
  if (isLast) deps.log.error(notes, "job failed for the last time: a dead letter");
  else deps.log.warn(notes, "job failed and will be tried again");
  if (!isLast && failure?.retryAfterSeconds !== undefined) {
    await postpone(boss, job, { output, seconds: failure.retryAfterSeconds });
  }
  return { id: job.id, status: "failed", output } satisfies JobResult;
}

/**
 * Fails the job here, because its start can be postponed only after the policy has set it. The later of the two times applies,
 * so that a handler that always asks for an immediate retry does not use up the attempts.
 */
async function postpone(
  boss: PgBoss,
  job: JobWithMetadata<unknown>,
  { output, seconds }: { readonly output: object; readonly seconds: number },
): Promise<void> {
  const { name, id } = job;
  await boss.fail(name, job, output);
  const earliest = addSeconds(new Date(), seconds);
  const [next] = await boss.findJobs(name, { id, queued: true });
  if (next !== undefined && next.startAfter < earliest) await boss.update(name, undefined, { id, startAfter: seconds });
}
