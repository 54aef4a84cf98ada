import { type Insertable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import { prepareShortRead } from "../database/prepared-query.ts";
import type { WebhookEventTable } from "../database/tables.gen.ts";

// There are at most a hundred webhooks, so the read is as short as one of a single row.
const selectActiveEvents = prepareShortRead((db) =>
  db.selectFrom("webhook").select("events").where("status", "=", "active"),
);

/** The types of events that active webhooks listen to; a type may come several times. */
export async function listListenedEvents(db: Database): Promise<readonly string[]> {
  return (await selectActiveEvents(db, {})).flatMap(({ events }) => events);
}

/**
 * The internal ids of the active webhooks that listen to the type. They are locked against deletion until the transaction ends,
 * so that deliveries can be added.
 */
export async function lockListeningWebhooks(trx: DatabaseTransaction, type: string): Promise<readonly string[]> {
  const rows = await trx
    .selectFrom("webhook")
    .select("id")
    .where("status", "=", "active")
    .where(sql<boolean>`${type} = any(events)`)
    .orderBy("id")
    .forKeyShare()
    .execute();
  return rows.map(({ id }) => id);
}

/** An event with a delivery to each webhook. */
interface NewEvent {
  readonly event: Insertable<WebhookEventTable>;
  readonly deliveries: readonly { readonly publicId: string; readonly webhookId: string }[];
}

/** Adds an event and its deliveries. */
export async function insertEvent(trx: DatabaseTransaction, { event, deliveries }: NewEvent): Promise<void> {
  await trx
    .with("event", (cte) => cte.insertInto("webhook_event").values(event).returning(["id", "created_at"]))
    .insertInto("webhook_delivery")
    .columns(["public_id", "webhook_id", "event_id", "status", "created_at"])
    .expression((select) =>
      select
        .selectFrom("event")
        .crossJoin(
          sql<{ public_id: string; webhook_id: string }>`unnest(
            ${deliveries.map(({ publicId }) => publicId)}::uuid[], ${deliveries.map(({ webhookId }) => webhookId)}::bigint[]
          )`.as<"wanted">(sql`wanted (public_id, webhook_id)`),
        )
        .select([
          "wanted.public_id",
          "wanted.webhook_id",
          "event.id",
          sql.lit("pending").as("status"),
          "event.created_at",
        ]),
    )
    .execute();
}

/** Deletes at most `limit` events of before that moment, with their deliveries; returns how many events. */
export async function deleteEventsBefore(db: Database, before: Date, limit: number): Promise<number> {
  const old = db
    .selectFrom("webhook_event")
    .select("id")
    .where("created_at", "<", before)
    .orderBy("created_at")
    .limit(limit);
  const result = await db
    .deleteFrom("webhook_event")
    .where("id", "=", sql<string>`any(array(${old}))`)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
