import { setTimeout as delay } from "node:timers/promises";
import type { PgBoss, WorkOptions } from "pg-boss";
import { type JobWorkerDeps, runAttempt } from "./attempt.ts";
import type { JobHandler } from "./handler.ts";
import { heartbeatRefreshSeconds } from "./queues.ts";

/**
 * One worker of each queue looks for jobs so often, in seconds, and wakes the others when it finds one. New jobs are
 * notified; this is for those whose pause after a failure is over, and for notifications that were lost.
 */
const lookoutIntervalSeconds = 1;

/** How often the others look by themselves, in seconds. */
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

  /** Starts workers, each of which does one job at a time. */
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
      // Where there is one there may be more: the others look at once, and this one as soon as it is done.
      for (const id of workerIds) boss.notifyWorker(id);
      return await Promise.all(jobs.map((job) => runAttempt(context, job)));
    });
  }

  /**
   * Takes no more jobs, and lets those that run finish. What has not by the deadline is aborted and given back to the
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
