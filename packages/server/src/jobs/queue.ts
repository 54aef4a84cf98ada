import { fromKysely, type PgBoss } from "pg-boss";
import type { DatabaseTransaction } from "../database/connection.ts";
import type { Job } from "./job.ts";

/** Options of a single job. */
interface EnqueueOptions {
  /** Seconds before the job may start. Default 0. */
  readonly delaySeconds?: number;
  /** The key of a job that is defined with `waitsOnce`. */
  readonly key?: string;
}

/** The queue in which services put work for later. */
export interface JobQueue {
  /**
   * Enqueues in the caller's transaction: the job and the rows that caused it commit together, and a rollback leaves neither.
   * The payload is stored as JSON, which everybody who reads the database can read, so seal secrets. Returns whether a job was
   * added: `false` if the job is single and exists already, or if one with the same key waits already.
   */
  enqueue<P extends object>(
    trx: DatabaseTransaction,
    job: Job<P>,
    payload: P,
    options?: EnqueueOptions,
  ): Promise<boolean>;
}

/** Creates the queue of a started pg-boss. pg-boss caches its queues, so `enqueue` makes no query outside the transaction. */
export function createJobQueue(boss: PgBoss): JobQueue {
  return {
    // biome-ignore lint/complexity/useMaxParams: apps call it, nearly always without options
    async enqueue(trx, job, payload, { delaySeconds = 0, key } = {}) {
      const db = fromKysely(trx);
      const send = async () => {
        const keyed = key === undefined ? {} : { singletonKey: key };
        return (await boss.send(job.name, payload, { db, startAfter: delaySeconds, ...keyed })) !== null;
      };
      const isNew = await send();
      if (isNew || job.isSingle) return isNew;
      if (!job.waitsOnce || key === undefined) throw new Error(`The job ${job.name} was not enqueued`);
      const { updated } = await boss.update(job.name, payload, { db, singletonKey: key });
      // If the waiting job has started meanwhile, a new one is enqueued.
      return updated === 0 && (await send());
    },
  };
}
