import { z } from "zod";
import { defineJob } from "../../jobs/job.ts";

/** Changes the next accounts of a bulk operation, and enqueues itself while some are left. */
export const bulkJob = defineJob({
  name: "change-many-users",
  schema: z.strictObject({ id: z.uuid() }),
  timeoutSeconds: 300,
});
