import type { z } from "zod";
import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import type { CursorCodec } from "../crypto/cursor.ts";
import { type Database, inTransaction } from "../database/connection.ts";
import { GatehouseError } from "../errors.ts";
import type { JobQueue } from "../jobs/queue.ts";
import { readPage } from "../list-page.ts";
import { webhookDeliveryJob } from "./delivery-job.ts";
import { beginRound, type DeliveryRow, listDeliveryRows } from "./delivery-store.ts";
import type { deliverySchema, listDeliveriesInput, listDeliveriesOutput, redeliverInput } from "./schema.ts";
import { findWebhook, lockWebhook } from "./store.ts";

interface DeliveriesDeps extends AuditDeps {
  readonly db: Database;
  readonly cursors: CursorCodec;
  readonly jobs: JobQueue;
}

type Delivery = z.output<typeof deliverySchema>;

/** Lists a webhook's deliveries, the newest first. Throws `NOT_FOUND`, and `INVALID_INPUT` for a cursor of another list. */
export async function listDeliveries(
  deps: Pick<DeliveriesDeps, "db" | "cursors">,
  { id, status, ...page }: z.output<typeof listDeliveriesInput>,
): Promise<z.output<typeof listDeliveriesOutput>> {
  const webhook = await findWebhook(deps.db, id);
  if (webhook === undefined) throw new GatehouseError("NOT_FOUND");
  const request = { list: `webhook-deliveries:${id}:${status ?? ""}`, ...page };
  const filter = { webhookId: webhook.id, status };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) => listDeliveryRows(deps.db, filter, bounds));
  return { items: rows.map(toDelivery), nextCursor };
}

/**
 * Delivers an event again, whatever became of it, under the same `webhook-id` and with all attempts. An attempt that is under
 * way for the former round settles nothing any more. Throws `NOT_FOUND` and `WEBHOOK_NOT_ACTIVE`.
 */
export async function redeliver(
  deps: Omit<DeliveriesDeps, "cursors">,
  { id, deliveryId }: z.output<typeof redeliverInput>,
): Promise<Delivery> {
  return await inTransaction(deps.db, async (trx) => {
    const webhook = await lockWebhook(trx, id);
    const begun = webhook && (await beginRound(trx, { webhookId: webhook.id, publicId: deliveryId }));
    if (begun === undefined) throw new GatehouseError("NOT_FOUND");
    if (webhook?.status !== "active") throw new GatehouseError("WEBHOOK_NOT_ACTIVE");
    await deps.jobs.enqueue(trx, webhookDeliveryJob, { deliveryId, round: begun.round });
    const requested = { action: "webhook.redelivery_requested", kind: "webhook", targetId: id } as const;
    await recordEvent(deps, trx, { ...requested, details: { deliveryId } });
    return toDelivery(begun);
  });
}

function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.public_id,
    eventId: row.event_public_id,
    type: row.event_type,
    status: row.status,
    attempts: row.attempts,
    createdAt: row.created_at,
    attemptedAt: row.attempted_at,
    durationMillis: row.duration_millis,
    responseStatus: row.response_status,
    responseExcerpt: row.response_excerpt,
    error: row.error,
  };
}
