import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { newPace, type Pace } from "./turn.ts";

/** The pace of this key, which is made if there is none; nobody else reads it until the transaction ends. */
export async function lockPace(trx: DatabaseTransaction, key: string, now: Date): Promise<Pace> {
  const { sent, nextAt, expiresAt } = newPace(now);
  const row = await trx
    .insertInto("mail_pace")
    .values({ key, sent, next_at: nextAt, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ key }))
    .returningAll()
    .executeTakeFirstOrThrow();
  return row.expires_at <= now ? newPace(now) : { sent: row.sent, nextAt: row.next_at, expiresAt: row.expires_at };
}

/** When the next of this pace has its turn; `undefined` for one that nothing is known of. */
export async function findNextAt(db: Database, key: string): Promise<Date | undefined> {
  const row = await db.selectFrom("mail_pace").select("next_at").where("key", "=", key).executeTakeFirst();
  return row?.next_at;
}

/** Notes when the mail that waits has its turn. */
export async function putTurn(
  trx: DatabaseTransaction,
  turn: { readonly key: string; readonly dueAt: Date },
): Promise<void> {
  const { key, dueAt } = turn;
  const values = { sent: 1, next_at: dueAt, expires_at: newPace(dueAt).expiresAt };
  await trx
    .insertInto("mail_pace")
    .values({ key, ...values })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(values))
    .execute();
}

/** Changes a pace that is locked. */
export async function putPace(trx: DatabaseTransaction, key: string, pace: Pace): Promise<void> {
  const { sent, nextAt: next_at, expiresAt: expires_at } = pace;
  await trx.updateTable("mail_pace").set({ sent, next_at, expires_at }).where("key", "=", key).execute();
}

/** Lets a pace begin anew. */
export async function dropPace(trx: DatabaseTransaction, key: string): Promise<void> {
  await trx.deleteFrom("mail_pace").where("key", "=", key).execute();
}

/** Deletes what expired before this moment; answers with how many there were. */
export async function deleteExpiredPaces(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom("mail_pace").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
