import type { PgBoss } from "pg-boss";
import type { Job } from "./job.ts";

/**
 * Makes the schedules those of these jobs: of any number of workers one enqueues each time. What came due while no worker
 * ran is made up for once.
 */
export async function declareSchedules(boss: PgBoss, jobs: readonly Job<object>[]): Promise<void> {
  const scheduled = jobs.filter((job) => job.cron !== undefined);
  for (const { name } of await boss.getSchedules()) {
    if (!scheduled.some((job) => job.name === name)) await boss.unschedule(name);
  }
  for (const { name, cron = "" } of scheduled) await boss.schedule(name, cron, {}, { tz: "UTC", missed: "once" });
}
