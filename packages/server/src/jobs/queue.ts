import { fromKysely, type PgBoss } from "pg-boss";
import type { DatabaseTransaction } from "../database/index.ts";
import type { Job } from "./job.ts";

/** What may differ from one job to the next of its kind. */
interface EnqueueOptions {
  /** Not to be started before this many seconds have passed. Default 0. */
  readonly delaySeconds?: number;
}

/** Where services leave work that is to be done later. */
export interface JobQueue {
  /**
   * Enqueues in the caller's transaction: the job and the rows that caused it commit together, and a rollback leaves
   * neither. The payload is stored as JSON, readable by whoever reads the database: seal what must not be.
   */
  enqueue<P extends object>(trx: DatabaseTransaction, job: Job<P>, payload: P, options?: EnqueueOptions): Promise<void>;
}

/** The queue of a started pg-boss, which knows the queues by heart: the root database is not asked in a transaction. */
export function createJobQueue(boss: PgBoss): JobQueue {
  return {
    async enqueue(trx, job, payload, { delaySeconds = 0 } = {}) {
      const id = await boss.send(job.name, payload, { db: fromKysely(trx), startAfter: delaySeconds });
      if (id === null && !job.isSingle) throw new Error(`The job ${job.name} was not enqueued`);
    },
  };
}
