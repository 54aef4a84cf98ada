import { z } from "zod";
import { defineJob } from "../jobs/job.ts";
import type { LimitDeps } from "./consume.ts";

/** Runs by itself every ten minutes: a row for each address that ever called would be kept otherwise. */
export const forgetExpiredCountsJob = defineJob({
  name: "forget-expired-counts",
  schema: z.strictObject({}),
  cron: "*/10 * * * *",
});

/** Forgets the counts whose windows are over, in the shared store and in this process. */
export async function forgetExpiredCounts({ limits, clock }: LimitDeps): Promise<void> {
  await limits.shared.forgetExpired(clock.now());
}
