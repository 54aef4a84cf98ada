import { migrateToLatest, openDatabase } from "@gatehouse/server/database";
import { pino } from "pino";
import type { DatabaseConfig } from "../../packages/server/src/config.ts";
import { jobHandlers } from "../../packages/server/src/job-handlers.ts";
import { openJobs } from "../../packages/server/src/jobs/runtime.ts";

/** Migrates a new database and makes its queues, so that no server of a test on a copy of it has to. */
export async function prepareTemplate(database: DatabaseConfig): Promise<void> {
  const db = await openDatabase(database, () => undefined);
  await migrateToLatest(db);
  const jobs = { isOn: true, concurrency: 1 };
  const options = { config: { database, jobs }, db, log: pino({ enabled: false }), isWorker: false };
  const runtime = await openJobs({ ...options, handlers: jobHandlers });
  await runtime.close();
  await db.destroy();
}
