import { fromKysely, type PgBoss } from "pg-boss";
import type { DatabaseTransaction } from "../database/connection.ts";
import type { Job } from "./job.ts";

/** The database that pg-boss sends statements to. */
type BossDatabase = ReturnType<typeof fromKysely>;

/** Options of a single job. */
interface EnqueueOptions {
  /** Seconds before the job may start. Default 0. */
  readonly delaySeconds?: number;
  /** The key of a job that is defined with `waitsOnce`. */
  readonly key?: string;
}

/** A statement that enqueues a job, to be run within another by the function `run_within` of the database. */
export interface JobStatement {
  readonly text: string;
  readonly parameter: string;
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
  /**
   * Writes the statement that {@link enqueue} would send, and sends nothing. Returns `undefined` for a job that may take more
   * than one statement; then call {@link enqueue}. Seal secrets as there.
   */
  prepare<P extends object>(job: Job<P>, payload: P): Promise<JobStatement | undefined>;
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
    async prepare(job, payload) {
      if (job.isSingle || job.waitsOnce) return undefined;
      const statements = await captureStatements((db) => boss.send(job.name, payload, { db }));
      const [only, ...others] = statements;
      return others.length === 0 ? only : undefined;
    },
  };
}

/**
 * The statements that pg-boss sends to a database which answers each with no rows. They are empty if one of them does not have
 * exactly one parameter, a text: `run_within` takes no other.
 */
async function captureStatements(send: (db: BossDatabase) => Promise<unknown>): Promise<readonly JobStatement[]> {
  const captured: { readonly text: string; readonly values: readonly unknown[] }[] = [];
  const executeSql: BossDatabase["executeSql"] = async (text, values = []) => {
    captured.push({ text, values });
    return { rows: [] };
  };
  await send({ executeSql });
  const statements = captured.flatMap(({ text, values: [parameter, ...others] }) =>
    typeof parameter === "string" && others.length === 0 ? [{ text, parameter }] : [],
  );
  return statements.length === captured.length ? statements : [];
}
