import { pino } from "pino";
import type { DatabaseConfig } from "../../packages/server/src/config.ts";
import { type Database, inTransaction } from "../../packages/server/src/database/connection.ts";
import type { CallDependencies } from "../../packages/server/src/dependencies.ts";
import type { GatehouseJobHandler } from "../../packages/server/src/job-handlers.ts";
import type { Job } from "../../packages/server/src/jobs/job.ts";
import { type JobRuntime, openJobs } from "../../packages/server/src/jobs/runtime.ts";
import type { Logger } from "../../packages/server/src/logging/logger.ts";

interface JobProcessOptions {
  readonly db: Database;
  readonly config: DatabaseConfig;
  readonly handlers: readonly GatehouseJobHandler[];
  /** Default: true. */
  readonly isWorker?: boolean;
  /** Jobs of each kind at once. Default: 4. */
  readonly concurrency?: number;
}

/** The queues as a process has them, and a worker on them. */
export interface JobProcess extends AsyncDisposable {
  readonly runtime: JobRuntime<CallDependencies>;
  readonly logger: Logger;
  /** Every line of the log, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** In a transaction of its own. */
  enqueue<P extends object>(job: Job<P>, payload: P): Promise<void>;
}

/** Opens the queues of a migrated database and, unless told otherwise, starts to work on them. */
export async function startJobs(options: JobProcessOptions): Promise<JobProcess> {
  const { db, config, handlers, isWorker = true, concurrency = 4 } = options;
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: "trace" }, { write: (line) => lines.push(JSON.parse(line)) });
  const jobs = { isOn: isWorker, concurrency };
  const runtime = await openJobs({ config: { database: config, jobs }, db, log: logger, handlers, isWorker });
  // The jobs of these tests ask nothing of a server, so there is none behind them.
  if (isWorker) await runtime.work({ db, log: logger, jobs: runtime.queue } as unknown as CallDependencies);
  return {
    runtime,
    logger,
    log: lines,
    enqueue: async (job, payload) => {
      await inTransaction(db, (trx) => runtime.queue.enqueue(trx, job, payload));
    },
    [Symbol.asyncDispose]: () => runtime.close(),
  };
}
