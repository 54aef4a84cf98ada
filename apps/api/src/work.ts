import { createWorker, loadConfig } from "@gatehouse/server";
import { describeDatabase } from "@gatehouse/server/database";
import { jobs } from "./jobs.ts";
import { explainFailure, stopOnSignals } from "./process-life.ts";

/** Runs the jobs of Gatehouse and the app's own, and stops gracefully on SIGINT and SIGTERM. */
export function work(): Promise<void> {
  return explainFailure(async () => {
    const worker = await createWorker({ config: loadConfig(), jobs });
    const { log, config } = worker.deps;
    log.info({ database: describeDatabase(config.database), concurrency: config.jobs.concurrency }, "worker ready");
    stopOnSignals({ log, close: worker.close });
  });
}
