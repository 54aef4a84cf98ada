import { type Insertable, type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { OutboxMessageTable } from "../../database/tables.gen.ts";

/** A message as the outbox keeps it. */
export type OutboxRow = Selectable<OutboxMessageTable>;

/** Adds the message unless it exists, so that a message which is delivered twice is shown once. */
export async function insertOutboxMessage(db: Database, values: Insertable<OutboxMessageTable>): Promise<void> {
  await db
    .insertInto("outbox_message")
    .values(values)
    .onConflict((conflict) => conflict.column("message_id").doNothing())
    .execute();
}

/** Deletes all but the newest messages. */
export async function deleteAllButNewest(db: Database, kept: number): Promise<void> {
  const firstToGo = db.selectFrom("outbox_message").select("id").orderBy("id", "desc").offset(kept).limit(1);
  await db.deleteFrom("outbox_message").where("id", "<=", firstToGo).execute();
}

/** Lists messages, the newest first. */
export async function listOutboxMessages(db: Database, limit: number): Promise<readonly OutboxRow[]> {
  return await db.selectFrom("outbox_message").selectAll().orderBy("id", "desc").limit(limit).execute();
}

/** Finds a message by the id under which it was enqueued. */
export async function findOutboxMessage(db: Database, messageId: string): Promise<OutboxRow | undefined> {
  return await db.selectFrom("outbox_message").selectAll().where("message_id", "=", messageId).executeTakeFirst();
}

/** Deletes the messages to these addresses and telephone numbers. */
export async function deleteMessagesTo(trx: DatabaseTransaction, recipients: readonly string[]): Promise<void> {
  await trx
    .deleteFrom("outbox_message")
    .where("recipient", "=", sql<string>`any(${[...recipients]}::text[])`)
    .execute();
}
