import { fromKysely, type PgBoss } from "pg-boss";
import type { DatabaseTransaction } from "../database/connection.ts";
import type { Job } from "./job.ts";

/** What may differ from one job to the next of its kind. */
interface EnqueueOptions {
  /** Not to be started before this many seconds have passed. Default 0. */
  readonly delaySeconds?: number;
  /** Of a job that waits once with each key. */
  readonly key?: string;
}

/** Where services leave work that is to be done later. */
export interface JobQueue {
  /**
   * Enqueues in the caller's transaction: the job and the rows that caused it commit together, and a rollback leaves
   * neither. The payload is stored as JSON, readable to all who read the database: seal what must not be. Returns whether this
   * is one more job: `false` if one that is single, or waits with the same key, was there already.
   */
  enqueue<P extends object>(
    trx: DatabaseTransaction,
    job: Job<P>,
    payload: P,
    options?: EnqueueOptions,
  ): Promise<boolean>;
}

/** The queue of a started pg-boss, which knows the queues by heart: the root database is not asked in a transaction. */
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
      // The one that waited has begun to run in between.
      return updated === 0 && (await send());
    },
  };
}
