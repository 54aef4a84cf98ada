import type { JobWithMetadata, PgBoss } from "pg-boss";
import type { DatabaseConfig } from "../config.ts";
import type { Database } from "../database/connection.ts";
import type { Logger } from "../logging/logger.ts";
import { StartupError } from "../startup-error.ts";
import { startBoss } from "./boss.ts";
import { deadLetterQueue } from "./queues.ts";

/** A job that failed for good. */
export interface DeadLetter {
  readonly id: string;
  /** The job's name. */
  readonly job: string;
  readonly enqueuedAt: Date;
  readonly failedAt: Date;
  readonly attempts: number;
  /** What the last attempt failed with. */
  readonly reason: string;
  /** As it was stored: mails and text messages are sealed. */
  readonly payload: unknown;
}

/** The dead letters of a database, for operators. */
export interface DeadLetters extends AsyncDisposable {
  /** Oldest first, at most so many. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  find(id: string): Promise<DeadLetter | undefined>;
  /** Enqueues these again, or all, with all their attempts before them; answers with how many there were. */
  retry(which: readonly [string, ...string[]] | "all"): Promise<number>;
}

interface DeadLetterOptions {
  readonly database: DatabaseConfig;
  readonly db: Database;
  readonly log: Logger;
}

/** Opens the dead letters. Throws `StartupError` where the database's job queue is not of this version. */
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

/** At once, at most. */
const batchSize = 1000;

/** Only those that are there now: what fails anew meanwhile is not taken up again. */
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
  // Before the first server started there is not even the queue.
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

/** The library keeps what it noted itself one level deeper. */
function reasonOf(output: object | null): string {
  if (output === null) return "unknown";
  const inner = "value" in output && typeof output.value === "object" && output.value !== null ? output.value : output;
  return "message" in inner ? String(inner.message) : JSON.stringify(output);
}
