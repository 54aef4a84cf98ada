import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { newThrottleState, type ThrottleState } from "./throttle-rule.ts";

/** Reads the state of this key and locks it until the transaction ends; creates it if there is none. */
export async function lockThrottle(trx: DatabaseTransaction, key: string, now: Date): Promise<ThrottleState> {
  const { sent, nextAt, expiresAt } = newThrottleState(now);
  const row = await trx
    .insertInto("mail_pace")
    .values({ key, sent, next_at: nextAt, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ key }))
    .returningAll()
    .executeTakeFirstOrThrow();
  return row.expires_at <= now
    ? newThrottleState(now)
    : { sent: row.sent, nextAt: row.next_at, expiresAt: row.expires_at };
}

/** When the mail with this key is, or was, due; `undefined` if there is no such mail. */
export async function findDueAt(db: Database, key: string): Promise<Date | undefined> {
  const row = await db.selectFrom("mail_pace").select("next_at").where("key", "=", key).executeTakeFirst();
  return row?.next_at;
}

/** Whether several places asked for the deferred mail with this key. */
export async function isForSeveral(db: Database, key: string): Promise<boolean> {
  const row = await db.selectFrom("mail_pace").select("is_for_several").where("key", "=", key).executeTakeFirst();
  return row?.is_for_several ?? false;
}

/** A deferred mail. */
interface WaitingMail {
  readonly key: string;
  readonly dueAt: Date;
  /** The digest of the place that asked for it. Default: not kept. */
  readonly askedFrom?: string;
}

/** Stores when a deferred mail is due. */
export async function putDueAt(trx: DatabaseTransaction, { key, dueAt, askedFrom }: WaitingMail): Promise<void> {
  const values = {
    sent: 1,
    next_at: dueAt,
    expires_at: newThrottleState(dueAt).expiresAt,
    asked_from: askedFrom ?? null,
    is_for_several: false,
  };
  await trx
    .insertInto("mail_pace")
    .values({ key, ...values })
    .onConflict((conflict) => conflict.column("key").doUpdateSet(values))
    .execute();
}

/** Stores that a further place asked for the deferred mail. */
export async function recordRequester(
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

/** Changes a state that is locked. */
export async function putThrottle(trx: DatabaseTransaction, key: string, throttle: ThrottleState): Promise<void> {
  const { sent, nextAt: next_at, expiresAt: expires_at } = throttle;
  await trx.updateTable("mail_pace").set({ sent, next_at, expires_at }).where("key", "=", key).execute();
}

/** Deletes a state, so that the count begins anew. */
export async function deleteThrottle(trx: DatabaseTransaction, key: string): Promise<void> {
  await trx.deleteFrom("mail_pace").where("key", "=", key).execute();
}

/** Deletes states that expired before this moment, and returns how many. */
export async function deleteExpiredThrottles(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom("mail_pace").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
