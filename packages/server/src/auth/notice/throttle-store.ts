import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { currentState, newThrottleState, type ThrottleState } from "./throttle-rule.ts";

/**
 * Reads the states of these keys and locks them, in this order, until the transaction ends; creates those that there are not.
 */
export async function lockThrottles(
  trx: DatabaseTransaction,
  keys: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, ThrottleState>> {
  const { sent, nextAt: next_at, expiresAt: expires_at } = newThrottleState(now);
  const rows = await trx
    .insertInto("mail_pace")
    .values(keys.map((key) => ({ key, sent, next_at, expires_at })))
    .onConflict((conflict) => conflict.column("key").doUpdateSet((eb) => ({ key: eb.ref("excluded.key") })))
    .returning(["key", "sent", "next_at", "expires_at"])
    .execute();
  return new Map(
    rows.map((row) => {
      const stored = { sent: row.sent, nextAt: row.next_at, expiresAt: row.expires_at };
      return [row.key, currentState(stored, now)];
    }),
  );
}

/** When the mails with these keys are, or were, due; those that there are. */
export async function findDueTimes(db: Database, keys: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  const rows = await db.selectFrom("mail_pace").select(["key", "next_at"]).where("key", "in", keys).execute();
  return new Map(rows.map(({ key, next_at }) => [key, next_at]));
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

/** Changes states that are locked. */
export async function putThrottles(
  trx: DatabaseTransaction,
  states: ReadonlyMap<string, ThrottleState>,
): Promise<void> {
  if (states.size === 0) return;
  const rows = [...states].map(([key, { sent, nextAt: next_at, expiresAt: expires_at }]) => {
    return { key, sent, next_at, expires_at };
  });
  await trx
    .insertInto("mail_pace")
    .values(rows)
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet((eb) => ({
        sent: eb.ref("excluded.sent"),
        next_at: eb.ref("excluded.next_at"),
        expires_at: eb.ref("excluded.expires_at"),
      })),
    )
    .execute();
}

/** Deletes a state, so that the count begins anew. */
export async function deleteThrottle(trx: DatabaseTransaction, key: string): Promise<void> {
  await trx.deleteFrom("mail_pace").where("key", "=", key).execute();
}

/** Deletes states that expired before this moment and whose next turn is not ahead of it; returns how many. */
export async function deleteExpiredThrottles(db: Database, before: Date): Promise<number> {
  const result = await db
    .deleteFrom("mail_pace")
    .where("expires_at", "<", before)
    .where("next_at", "<", before)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
