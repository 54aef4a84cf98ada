import type { Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { PasswordTable } from "../../database/tables.gen.ts";

interface NewPassword {
  readonly userId: string;
  /** In the format of whatever made it; ours are PHC strings. */
  readonly hash: string;
}

/** Gives a user without a password one; `false` if they have one. */
export async function insertPassword(trx: DatabaseTransaction, password: NewPassword, now: Date): Promise<boolean> {
  const inserted = await trx
    .insertInto("password")
    .values({ user_id: password.userId, hash: password.hash, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.column("user_id").doNothing())
    .returning("user_id")
    .executeTakeFirst();
  return inserted !== undefined;
}

/** A password as stored. */
type PasswordRow = Pick<Selectable<PasswordTable>, "hash" | "version">;

/** The user's password; `undefined` for an account that has none and, as late, for nobody. */
export async function findPassword(db: Database, userId: string | null): Promise<PasswordRow | undefined> {
  return await db.selectFrom("password").select(["hash", "version"]).where("user_id", "=", userId).executeTakeFirst();
}

/** Whether the user's password is still of this version. The user must be locked, so that it stays so. */
export async function isPasswordVersion(
  trx: DatabaseTransaction,
  { userId, version }: { readonly userId: string; readonly version: number },
): Promise<boolean> {
  const row = await trx
    .selectFrom("password")
    .select("user_id")
    .where("user_id", "=", userId)
    .where("version", "=", version)
    .executeTakeFirst();
  return row !== undefined;
}

/** Replaces the password of this version by another; `false` if it has been replaced already. */
export async function replacePassword(
  trx: DatabaseTransaction,
  password: NewPassword & { readonly version: number },
  now: Date,
): Promise<boolean> {
  const replaced = await trx
    .updateTable("password")
    .set({ hash: password.hash, version: password.version + 1, updated_at: now })
    .where("user_id", "=", password.userId)
    .where("version", "=", password.version)
    .executeTakeFirst();
  return replaced.numUpdatedRows === 1n;
}

/** Gives the user this password, whether they have one or not. */
export async function setPassword(trx: DatabaseTransaction, password: NewPassword, now: Date): Promise<void> {
  await trx
    .insertInto("password")
    .values({ user_id: password.userId, hash: password.hash, created_at: now, updated_at: now })
    .onConflict((conflict) =>
      conflict.column("user_id").doUpdateSet((eb) => ({
        hash: password.hash,
        version: eb("password.version", "+", 1),
        updated_at: now,
      })),
    )
    .execute();
}

/** Takes the password from an account, which is then without. */
export async function deletePassword(trx: DatabaseTransaction, userId: string): Promise<void> {
  await trx.deleteFrom("password").where("user_id", "=", userId).execute();
}

/** Writes another hash of the same password unless it was changed; whoever proved it meanwhile has still proven it. */
export async function rehashPassword(
  db: Database,
  password: NewPassword & { readonly oldHash: string },
): Promise<void> {
  await db
    .updateTable("password")
    .set({ hash: password.hash })
    .where("user_id", "=", password.userId)
    .where("hash", "=", password.oldHash)
    .execute();
}
