import type { Database, DatabaseTransaction } from "../../database/connection.ts";

/** How many unused codes the user has. */
export async function countRecoveryCodes(db: Database, userId: string): Promise<number> {
  const { count } = await db
    .selectFrom("recovery_code")
    .select((eb) => eb.fn.countAll<string>().as("count"))
    .where("user_id", "=", userId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

interface NewCodes {
  readonly userId: string;
  readonly digests: readonly Uint8Array[];
  readonly now: Date;
}

/** Stores the user's codes; earlier ones end. The user must be locked. */
export async function replaceRecoveryCodes(
  trx: DatabaseTransaction,
  { userId, digests, now }: NewCodes,
): Promise<void> {
  await deleteRecoveryCodes(trx, userId);
  const rows = digests.map((digest) => ({ user_id: userId, digest, created_at: now }));
  await trx.insertInto("recovery_code").values(rows).execute();
}

/** Uses up a code: one concurrent call gets it. */
export async function takeRecoveryCode(
  trx: DatabaseTransaction,
  { userId, digest }: { readonly userId: string; readonly digest: Uint8Array },
): Promise<boolean> {
  const taken = await trx
    .deleteFrom("recovery_code")
    .where("digest", "=", digest)
    .where("user_id", "=", userId)
    .returning("id")
    .executeTakeFirst();
  return taken !== undefined;
}

/** Deletes the user's codes. */
export async function deleteRecoveryCodes(trx: DatabaseTransaction, userId: string): Promise<void> {
  await trx.deleteFrom("recovery_code").where("user_id", "=", userId).execute();
}
