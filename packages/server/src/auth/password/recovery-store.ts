import type { Insertable, Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { PasswordRecoveryTable } from "../../database/tables.gen.ts";

/** A recovery by a code as stored. */
export type RecoveryRow = Selectable<PasswordRecoveryTable>;

/** Stores a recovery, which has no code yet. */
export async function insertRecovery(
  trx: DatabaseTransaction,
  values: Insertable<PasswordRecoveryTable>,
): Promise<void> {
  await trx.insertInto("password_recovery").values(values).execute();
}

/** Whose code a recovery waits for. */
interface SentCode {
  readonly userId: string;
  readonly phone: string;
  readonly codeDigest: Uint8Array;
  readonly now: Date;
}

/** Gives a recovery the code that is sent. Returns `false` if it has one already or has expired. */
export async function setRecoveryCode(
  trx: DatabaseTransaction,
  publicId: string,
  { userId, phone, codeDigest, now }: SentCode,
): Promise<boolean> {
  const result = await trx
    .updateTable("password_recovery")
    .set({ user_id: userId, phone, code_digest: codeDigest })
    .where("public_id", "=", publicId)
    .where("user_id", "is", null)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

interface RecoveryAttempt {
  readonly digest: Uint8Array;
  readonly maxAttempts: number;
  readonly now: Date;
}

/**
 * Counts a guess at the code of a recovery and returns it, also one that has no account; `undefined` if it has expired or no
 * guess is left. One statement does both, so concurrent guesses are all counted.
 */
export async function countRecoveryAttempt(
  db: Database,
  { digest, maxAttempts, now }: RecoveryAttempt,
): Promise<RecoveryRow | undefined> {
  return await db
    .updateTable("password_recovery")
    .set((eb) => ({ attempts: eb("attempts", "+", 1) }))
    .where("digest", "=", digest)
    .where("attempts", "<", maxAttempts)
    .where("expires_at", ">", now)
    .returningAll()
    .executeTakeFirst();
}

/** Takes back the count of a right guess, after which the password was refused. */
export async function uncountRecoveryAttempt(db: Database, id: string): Promise<void> {
  await db
    .updateTable("password_recovery")
    .set((eb) => ({ attempts: eb("attempts", "-", 1) }))
    .where("id", "=", id)
    .execute();
}

/** Uses up a recovery: one concurrent call gets it. */
export async function takeRecovery(trx: DatabaseTransaction, id: string, now: Date): Promise<boolean> {
  const result = await trx
    .deleteFrom("password_recovery")
    .where("id", "=", id)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return result.numDeletedRows === 1n;
}

/** Deletes the recoveries of a user. */
export async function dropRecoveries(trx: DatabaseTransaction, userId: string): Promise<void> {
  await trx.deleteFrom("password_recovery").where("user_id", "=", userId).execute();
}

/** Deletes the recoveries that expired before this moment, and returns how many. */
export async function deleteExpiredRecoveries(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom("password_recovery").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
