import { inTransaction } from "../database/connection.ts";
import { type JobAttempt, JobFailure } from "../jobs/job.ts";
import { type AttemptDeps, type AttemptOutcome, attemptDelivery } from "./attempt.ts";
import { type DeliveryRequest, webhookDeliveryJob } from "./delivery-job.ts";
import { cancelDelivery, findDueDelivery, storeAttempt, storeFailure, storeSuccess } from "./delivery-store.ts";
import { type StopDeps, stopIfHopeless } from "./stop.ts";

type DeliverDeps = AttemptDeps & StopDeps;

/** The status with which a receiver says that it wants no more events (Standard Webhooks). */
const gone = 410;

/**
 * The handler of the delivery job. A process may die after the request and before the outcome is stored, so a receiver may get
 * an event twice, with one `webhook-id`. Throws `JobFailure` to be tried again.
 */
export async function deliverWebhook(
  deps: DeliverDeps,
  { deliveryId, round }: DeliveryRequest,
  { number, signal }: JobAttempt,
): Promise<void> {
  const due = await findDueDelivery(deps.db, { publicId: deliveryId, round });
  if (due === undefined) return;
  if (due.webhook_status !== "active") return await cancelDelivery(deps.db, due);
  const outcome = await attemptDelivery(deps, due, signal);
  const isLast = number >= webhookDeliveryJob.retry.maxAttempts || outcome.responseStatus === gone;
  await storeOutcome(deps, { due, outcome, isLast });
  if (outcome.error === null || isLast) return;
  throw new JobFailure(`${due.type} to the webhook ${due.webhook_public_id}: ${outcome.error}`, {
    retryAfterSeconds: outcome.retryAfterSeconds,
  });
}

interface SettledAttempt {
  readonly due: NonNullable<Awaited<ReturnType<typeof findDueDelivery>>>;
  readonly outcome: AttemptOutcome;
  readonly isLast: boolean;
}

async function storeOutcome(deps: DeliverDeps, { due, outcome, isLast }: SettledAttempt): Promise<void> {
  const { error, attemptedAt } = outcome;
  await inTransaction(deps.db, async (trx) => {
    await storeAttempt(trx, due, {
      status: error === null ? "delivered" : isLast ? "failed" : "pending",
      attempted_at: attemptedAt,
      duration_millis: outcome.durationMillis,
      response_status: outcome.responseStatus,
      response_excerpt: outcome.responseExcerpt,
      error,
    });
    if (error === null) return await storeSuccess(trx, due.webhook_id);
    await storeFailure(trx, due.webhook_id, attemptedAt);
    await stopIfHopeless(deps, trx, {
      webhookId: due.webhook_id,
      publicId: due.webhook_public_id,
      isGone: outcome.responseStatus === gone,
    });
  });
}
