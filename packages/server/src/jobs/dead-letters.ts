import type { JobWithMetadata, PgBoss } from "pg-boss";
import type { DatabaseConfig } from "../config.ts";
import type { Database } from "../database/connection.ts";
import type { Logger } from "../logging/logger.ts";
import { StartupError } from "../startup-error.ts";
import { startBoss } from "./boss.ts";
import { deadLetterQueue } from "./queues.ts";

/** A job that failed permanently. */
export interface DeadLetter {
  readonly id: string;
  /** The job's name. */
  readonly job: string;
  readonly enqueuedAt: Date;
  readonly failedAt: Date;
  readonly attempts: number;
  /** The error of the last attempt. */
  readonly reason: string;
  /** The stored payload; mails and text messages are sealed. */
  readonly payload: unknown;
}

/** The dead letters of a database, for operators. */
export interface DeadLetters extends AsyncDisposable {
  /** Returns at most `limit` dead letters, the oldest first. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  find(id: string): Promise<DeadLetter | undefined>;
  /** Enqueues these dead letters, or all, again with all their attempts. Returns how many were enqueued. */
  retry(which: readonly [string, ...string[]] | "all"): Promise<number>;
}

interface DeadLetterOptions {
  readonly database: DatabaseConfig;
  readonly db: Database;
  readonly log: Logger;
}

/** Opens the dead letters. Throws `StartupError` if the database's job queue is not of this version. */
export async function openDeadLetters(options: DeadLetterOptions): Promise<DeadLetters> {
  const boss = await startBoss({ ...options, role: "operator" }).catch((cause: unknown) => {
    const message = "The database has no job queue of this version. Start the server once, which brings it up to date.";
    throw new StartupError("MigrationError", message, { cause });
  });
  return {
    list: async (limit) => (await findQueued(boss, { limit })).map(toDeadLetter),
    find: async (id) => (await findQueued(boss, { id, limit: 1 })).map(toDeadLetter)[0],
    retry: (which) => (which === "all" ? retryAll(boss) : boss.redrive(deadLetterQueue, { ids: [...which] })),
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  };
}

/** The most dead letters that are enqueued at once. */
const batchSize = 1000;

/** Retries the dead letters that exist now, but not those of jobs that fail meanwhile. */
async function retryAll(boss: PgBoss): Promise<number> {
  const createdBefore = new Date();
  let total = 0;
  let moved: number;
  do {
    moved = await boss.redrive(deadLetterQueue, { createdBefore, limit: batchSize });
    total += moved;
  } while (moved > 0);
  return total;
}

async function findQueued(boss: PgBoss, options: { id?: string; limit: number }): Promise<JobWithMetadata<unknown>[]> {
  // The queue does not exist before the first start of a server.
  if ((await boss.getQueue(deadLetterQueue)) === null) return [];
  return await boss.findJobs<unknown>(deadLetterQueue, { ...options, queued: true });
}

function toDeadLetter(job: JobWithMetadata<unknown>): DeadLetter {
  return {
    id: job.id,
    job: job.sourceName ?? "unknown",
    enqueuedAt: job.sourceCreatedOn ?? job.createdOn,
    failedAt: job.createdOn,
    attempts: (job.sourceRetryCount ?? 0) + 1,
    reason: reasonOf(job.sourceOutput),
    payload: job.data,
  };
}

/** Returns the reason of a failure. The library nests the errors that it reports itself one level deeper. */
function reasonOf(output: object | null): string {
  if (output === null) return "unknown";
  const inner = "value" in output && typeof output.value === "object" && output.value !== null ? output.value : output;
  return "message" in inner ? String(inner.message) : JSON.stringify(output);
}
