import { z } from "zod";
import { hourSeconds } from "../clock.ts";
import { defineJob } from "../jobs/job.ts";

/**
 * Brings one event to one webhook. The pauses grow from 5 to 10 seconds up to six hours, so the 24 attempts take about three
 * days.
 */
export const webhookDeliveryJob = defineJob({
  name: "deliver-webhook",
  schema: z.strictObject({
    deliveryId: z.uuid(),
    /** The round of the delivery: each redelivery begins another. */
    round: z.int().nonnegative(),
  }),
  retry: { maxAttempts: 24, firstDelaySeconds: 5, maxDelaySeconds: 6 * hourSeconds },
});

/** See {@link webhookDeliveryJob}. */
export type DeliveryRequest = z.output<typeof webhookDeliveryJob.schema>;
