import { type Insertable, type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { NotificationTable } from "../database/tables.gen.ts";
import type { PageBounds } from "../list-page.ts";

/** A notification as stored. */
export type NotificationRow = Selectable<NotificationTable>;

/**
 * Inserts a notification. Returns `undefined` if its sender has sent one with the same idempotency key; it waits for a call with that
 * key that has not committed yet.
 */
export async function insertNotification(
  trx: DatabaseTransaction,
  values: Insertable<NotificationTable>,
): Promise<NotificationRow | undefined> {
  return await trx
    .insertInto("notification")
    .values(values)
    .onConflict((conflict) => conflict.constraint("notification_idempotency_key").doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Finds the notification that the sender sent with this key. */
export async function findNotificationByKey(
  db: Database,
  { senderId, key }: { readonly senderId: string; readonly key: string },
): Promise<NotificationRow | undefined> {
  return await db
    .selectFrom("notification")
    .selectAll()
    .where("sender_id", "=", senderId)
    .where("idempotency_key", "=", key)
    .executeTakeFirst();
}

/** Finds a notification by its public id. */
export async function findNotification(db: Database, publicId: string): Promise<NotificationRow | undefined> {
  return await db.selectFrom("notification").selectAll().where("public_id", "=", publicId).executeTakeFirst();
}

/** Lists a page of notifications without users' tests, the newest first. */
export async function listNotificationRows(db: Database, page: PageBounds): Promise<readonly NotificationRow[]> {
  return await db
    .selectFrom("notification")
    .selectAll()
    .where(sql<boolean>`not is_test`)
    .where("id", "<", page.below)
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
}

/** Finds notifications by their internal ids. */
export async function findNotifications(db: Database, ids: readonly string[]): Promise<readonly NotificationRow[]> {
  return await db
    .selectFrom("notification")
    .selectAll()
    .where("id", "=", sql<string>`any(${[...ids]}::bigint[])`)
    .execute();
}

/** Whether a notification whose time has come has devices to find, or deliveries to settle. */
export async function hasOpenNotification(db: Database, now: Date): Promise<boolean> {
  const row = await db
    .selectFrom("notification")
    .select("id")
    .where(sql<boolean>`is_open`)
    .where("send_at", "<=", now)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Which of these notifications were canceled. */
export async function listCanceled(db: Database, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("notification")
    .select("id")
    .where("id", "=", sql<string>`any(${[...ids]}::bigint[])`)
    .where("status", "=", "canceled")
    .execute();
  return rows.map(({ id }) => id);
}

/** Cancels a notification that is scheduled or being sent. Returns whether it was. */
export async function cancelRow(trx: DatabaseTransaction, publicId: string, now: Date): Promise<boolean> {
  const result = await trx
    .updateTable("notification")
    .set({ status: "canceled", finished_at: now, is_open: sql<boolean>`queued > 0` })
    .where("public_id", "=", publicId)
    .where("status", "in", ["scheduled", "sending"])
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Deletes at most `limit` notifications of before that time whose deliveries are gone, and returns how many. */
export async function deleteNotificationsBefore(db: Database, before: Date, limit: number): Promise<number> {
  const old = db
    .selectFrom("notification")
    .select("id")
    .where("created_at", "<", before)
    .where("expires_at", "<", before)
    .orderBy("created_at")
    .limit(limit);
  const result = await db
    .deleteFrom("notification")
    .where("id", "=", sql<string>`any(array(${old}))`)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
