import { z } from "zod";
import { defineJob } from "../jobs/job.ts";
import type { LimitDeps } from "./consume.ts";

/** Runs every ten minutes: otherwise a row would stay for each address that ever called. */
export const forgetExpiredCountsJob = defineJob({
  name: "forget-expired-counts",
  schema: z.strictObject({}),
  cron: "*/10 * * * *",
});

/** Deletes the counts whose windows are over, in the shared store and in this process. */
export async function forgetExpiredCounts({ limits, clock }: LimitDeps): Promise<void> {
  await limits.shared.forgetExpired(clock.now());
}
