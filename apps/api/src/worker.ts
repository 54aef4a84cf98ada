// pnpm worker: runs the jobs of this repository's server in a separate process; the servers may then have JOBS=off.
import { createWorker, loadConfig } from "@gatehouse/server";
import { describeDatabase } from "@gatehouse/server/database";
import { jobs } from "./jobs.ts";
import { explainFailure, stopOnSignals } from "./process-life.ts";

await explainFailure(async () => {
  const worker = await createWorker({ config: loadConfig(), jobs });
  const { log, config } = worker.deps;
  log.info({ database: describeDatabase(config.database), concurrency: config.jobs.concurrency }, "worker ready");
  stopOnSignals({ log, close: worker.close });
});
