import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { WebhookSecretTable, WebhookTable } from "../database/tables.gen.ts";
import type { PageBounds } from "../list-page.ts";

/** A webhook as stored. */
export type WebhookRow = Selectable<WebhookTable>;

/** Any number that no other advisory lock of one argument uses. */
const countLock = 4_037_911_622;

/** Counts the webhooks, and lets no other transaction count them before this one ends. */
export async function lockWebhookCount(trx: DatabaseTransaction): Promise<number> {
  await sql`select pg_advisory_xact_lock(${sql.lit(countLock)})`.execute(trx);
  const { count } = await trx
    .selectFrom("webhook")
    .select((select) => select.fn.countAll().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Adds a webhook. */
export async function insertWebhook(trx: DatabaseTransaction, values: Insertable<WebhookTable>): Promise<WebhookRow> {
  return await trx.insertInto("webhook").values(values).returningAll().executeTakeFirstOrThrow();
}

/** Lists a page of webhooks, the newest first. */
export async function listWebhookRows(db: Database, page: PageBounds): Promise<readonly WebhookRow[]> {
  return await db
    .selectFrom("webhook")
    .selectAll()
    .where("id", "<", page.below)
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
}

/** Finds a webhook by its public id. */
export async function findWebhook(db: Database, publicId: string): Promise<WebhookRow | undefined> {
  return await db.selectFrom("webhook").selectAll().where("public_id", "=", publicId).executeTakeFirst();
}

/** Reads a webhook and locks it against other changes until the transaction ends. */
export async function lockWebhook(trx: DatabaseTransaction, publicId: string): Promise<WebhookRow | undefined> {
  return await trx
    .selectFrom("webhook")
    .selectAll()
    .where("public_id", "=", publicId)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** Changes a webhook, which must be locked, and returns the changed row. */
export async function changeWebhook(
  trx: DatabaseTransaction,
  publicId: string,
  changes: Updateable<WebhookTable>,
): Promise<WebhookRow> {
  return await trx
    .updateTable("webhook")
    .set(changes)
    .where("public_id", "=", publicId)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Deletes a webhook with its secrets and deliveries; returns `false` if there is none. */
export async function deleteWebhookRow(trx: DatabaseTransaction, publicId: string): Promise<boolean> {
  const result = await trx.deleteFrom("webhook").where("public_id", "=", publicId).executeTakeFirst();
  return result.numDeletedRows === 1n;
}

/** Adds the current secret of a webhook that has none. */
export async function insertSecret(trx: DatabaseTransaction, values: Insertable<WebhookSecretTable>): Promise<void> {
  await trx.insertInto("webhook_secret").values(values).execute();
}

/** Ends the current secret at that moment, and the one before it now. The webhook must be locked. */
export async function retireSecret(trx: DatabaseTransaction, webhookId: string, expiresAt: Date): Promise<void> {
  await trx
    .deleteFrom("webhook_secret")
    .where("webhook_id", "=", webhookId)
    .where("expires_at", "is not", null)
    .execute();
  await trx
    .updateTable("webhook_secret")
    .set({ expires_at: expiresAt })
    .where("webhook_id", "=", webhookId)
    .where("expires_at", "is", null)
    .execute();
}

/** The secrets that sign at that moment, the current one first. */
export async function listSigningSecrets(
  db: Database,
  webhookId: string,
  now: Date,
): Promise<readonly Pick<Selectable<WebhookSecretTable>, "public_id" | "secret">[]> {
  return await db
    .selectFrom("webhook_secret")
    .select(["public_id", "secret"])
    .where("webhook_id", "=", webhookId)
    .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", now)]))
    .orderBy("expires_at", (order) => order.desc().nullsFirst())
    .execute();
}

/** Deletes secrets that no longer sign; returns how many. */
export async function deleteExpiredSecrets(db: Database, now: Date): Promise<number> {
  const result = await db.deleteFrom("webhook_secret").where("expires_at", "<=", now).executeTakeFirst();
  return Number(result.numDeletedRows);
}
