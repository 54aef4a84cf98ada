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

/** When the mail with this key has, or had, its turn; `undefined` if nothing is known of one. */
export async function findTurn(db: Database, key: string): Promise<Date | undefined> {
  const row = await db.selectFrom("mail_pace").select("next_at").where("key", "=", key).executeTakeFirst();
  return row?.next_at;
}

/** Whether several places asked for the mail with this key while it waited. */
export async function isForSeveral(db: Database, key: string): Promise<boolean> {
  const row = await db.selectFrom("mail_pace").select("is_for_several").where("key", "=", key).executeTakeFirst();
  return row?.is_for_several ?? false;
}

/** A mail that waits. */
interface WaitingMail {
  readonly key: string;
  readonly dueAt: Date;
  /** The digest of the place that asks for it. Default: not kept. */
  readonly askedFrom?: string;
}

/** Notes when the mail that begins to wait has its turn. */
export async function putTurn(trx: DatabaseTransaction, { key, dueAt, askedFrom }: WaitingMail): Promise<void> {
  const values = {
    sent: 1,
    next_at: dueAt,
    expires_at: newPace(dueAt).expiresAt,
    asked_from: askedFrom ?? null,
    is_for_several: false,
  };
  await trx
    .insertInto("mail_pace")
    .values({ key, ...values })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(values))
    .execute();
}

/** Notes that a place asked for the mail that waits. */
export async function joinTurn(
  trx: DatabaseTransaction,
  { key, askedFrom }: Required<Pick<WaitingMail, "key" | "askedFrom">>,
): Promise<void> {
  await trx
    .updateTable("mail_pace")
    .set((eb) => ({
      asked_from: askedFrom,
      is_for_several: eb
        .or([eb("is_for_several", "=", true), eb("asked_from", "is distinct from", askedFrom)])
        .$castTo<boolean>(),
    }))
    .where("key", "=", key)
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

/** Deletes what expired before this moment, and returns how many there were. */
export async function deleteExpiredPaces(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom("mail_pace").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
