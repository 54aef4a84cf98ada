import type { Database, DatabaseTransaction } from "../../database/connection.ts";

interface NewPassword {
  readonly userId: string;
  /** A PHC string. */
  readonly hash: string;
}

/** Gives a user without a password one. */
export async function insertPassword(trx: DatabaseTransaction, password: NewPassword, now: Date): Promise<void> {
  await trx
    .insertInto("password")
    .values({ user_id: password.userId, hash: password.hash, created_at: now, updated_at: now })
    .execute();
}

/** The user's hash; `undefined` for an account that has no password and, as late, for nobody. */
export async function findPasswordHash(db: Database, userId: string | null): Promise<string | undefined> {
  const row = await db.selectFrom("password").select("hash").where("user_id", "=", userId).executeTakeFirst();
  return row?.hash;
}
