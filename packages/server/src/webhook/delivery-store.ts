import { type Selectable, sql, type Updateable } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { WebhookDeliveryTable } from "../database/tables.gen.ts";
import type { PageBounds } from "../list-page.ts";

/** A delivery with the id and the type of its event. */
export type DeliveryRow = Selectable<WebhookDeliveryTable> & {
  readonly event_public_id: string;
  readonly event_type: string;
};

/** Deliveries with what lists show of their events. */
const deliveries = (db: Database) =>
  db
    .selectFrom("webhook_delivery")
    .innerJoin("webhook_event", "webhook_event.id", "webhook_delivery.event_id")
    .selectAll("webhook_delivery")
    .select(["webhook_event.public_id as event_public_id", "webhook_event.type as event_type"]);

interface DeliveryFilter {
  readonly webhookId: string;
  /** Default: any. */
  readonly status?: DeliveryRow["status"] | undefined;
}

/** Lists a page of a webhook's deliveries, the newest first. */
export async function listDeliveryRows(
  db: Database,
  { webhookId, status }: DeliveryFilter,
  page: PageBounds,
): Promise<readonly DeliveryRow[]> {
  return await deliveries(db)
    .where("webhook_delivery.webhook_id", "=", webhookId)
    .$if(status !== undefined, (select) => select.where("webhook_delivery.status", "=", status ?? null))
    .where("webhook_delivery.id", "<", page.below)
    .orderBy("webhook_delivery.id", "desc")
    .limit(page.limit)
    .execute();
}

/** A delivery that a job is to make: where to, and what. */
type DueDelivery = Awaited<ReturnType<typeof selectDue>>[number];

function selectDue(db: Database, { publicId, round }: { readonly publicId: string; readonly round: number }) {
  return db
    .selectFrom("webhook_delivery")
    .innerJoin("webhook", "webhook.id", "webhook_delivery.webhook_id")
    .innerJoin("webhook_event", "webhook_event.id", "webhook_delivery.event_id")
    .select(["webhook_delivery.id", "webhook_delivery.public_id", "webhook_delivery.round"])
    .select(["webhook_event.public_id as event_public_id", "webhook_event.type", "webhook_event.payload"])
    .select(["webhook.id as webhook_id", "webhook.public_id as webhook_public_id"])
    .select(["webhook.url", "webhook.status as webhook_status"])
    .where("webhook_delivery.public_id", "=", publicId)
    .where("webhook_delivery.round", "=", round)
    .where("webhook_delivery.status", "=", "pending")
    .execute();
}

/** Finds the delivery, unless it is settled or was asked for again. */
export async function findDueDelivery(
  db: Database,
  delivery: { readonly publicId: string; readonly round: number },
): Promise<DueDelivery | undefined> {
  const [due] = await selectDue(db, delivery);
  return due;
}

/** Which delivery changes: it must be in this round, and pending. */
type PendingDelivery = Pick<DeliveryRow, "id" | "round">;

/** Stores what an attempt came to, and counts it. Does nothing if the delivery was settled or asked for again meanwhile. */
export async function storeAttempt(
  trx: DatabaseTransaction,
  { id, round }: PendingDelivery,
  outcome: Omit<Updateable<WebhookDeliveryTable>, "attempts">,
): Promise<void> {
  await trx
    .updateTable("webhook_delivery")
    .set({ ...outcome, attempts: sql<number>`attempts + 1` })
    .where("id", "=", id)
    .where("round", "=", round)
    .where("status", "=", "pending")
    .execute();
}

/** Cancels a delivery whose webhook is not active. */
export async function cancelDelivery(db: Database, { id, round }: PendingDelivery): Promise<void> {
  await db
    .updateTable("webhook_delivery")
    .set({ status: "canceled" })
    .where("id", "=", id)
    .where("round", "=", round)
    .where("status", "=", "pending")
    .execute();
}

/** Begins another round of a webhook's delivery, and returns it; `undefined` if the webhook has no such delivery. */
export async function beginRound(
  trx: DatabaseTransaction,
  { webhookId, publicId }: { readonly webhookId: string; readonly publicId: string },
): Promise<DeliveryRow | undefined> {
  const begun = await trx
    .updateTable("webhook_delivery")
    .set({ status: "pending", round: sql<number>`round + 1` })
    .where("public_id", "=", publicId)
    .where("webhook_id", "=", webhookId)
    .returning("id")
    .executeTakeFirst();
  return begun && (await deliveries(trx).where("webhook_delivery.id", "=", begun.id).executeTakeFirst());
}

/** Notes that an attempt succeeded: the webhook no longer fails. */
export async function storeSuccess(trx: DatabaseTransaction, webhookId: string): Promise<void> {
  await trx
    .updateTable("webhook")
    .set({ failing_since: null })
    .where("id", "=", webhookId)
    .where("failing_since", "is not", null)
    .execute();
}

/** Notes that an attempt failed, unless the webhook fails already. */
export async function storeFailure(trx: DatabaseTransaction, webhookId: string, at: Date): Promise<void> {
  await trx
    .updateTable("webhook")
    .set({ failing_since: at })
    .where("id", "=", webhookId)
    .where("failing_since", "is", null)
    .execute();
}

/** A webhook to stop. */
interface StopRequest {
  readonly webhookId: string;
  readonly status: "paused" | "gone";
  /** Only if it fails since then or longer. Default: in any case. */
  readonly failingSince?: Date | undefined;
  readonly now: Date;
}

/** Stops an active webhook. Of concurrent calls one gets its row; the others, and calls for one that goes on, get nothing. */
export async function stopWebhook(
  trx: DatabaseTransaction,
  { webhookId, status, failingSince, now }: StopRequest,
): Promise<{ readonly url: string; readonly failing_since: Date | null } | undefined> {
  return await trx
    .updateTable("webhook")
    .set({ status, updated_at: now })
    .where("id", "=", webhookId)
    .where("status", "=", "active")
    .$if(failingSince !== undefined, (update) => update.where("failing_since", "<=", failingSince ?? null))
    .returning(["url", "failing_since"])
    .executeTakeFirst();
}
