import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { UserRow } from "../store.ts";

/** Finds an account by its public id, deleted or not. */
export async function findAnyUser(db: Database, publicId: string): Promise<UserRow | undefined> {
  return await db.selectFrom("user").selectAll().where("public_id", "=", publicId).executeTakeFirst();
}

/** Reads a deleted account by public id, and locks the row. */
export async function lockDeletedUser(trx: DatabaseTransaction, publicId: string): Promise<UserRow | undefined> {
  return await trx
    .selectFrom("user")
    .selectAll()
    .where("public_id", "=", publicId)
    .where("deleted_at", "is not", null)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** Restores a deleted account and returns it. */
export async function restoreDeletedUser(trx: DatabaseTransaction, id: string, now: Date): Promise<UserRow> {
  return await trx
    .updateTable("user")
    .set({ deleted_at: null, updated_at: now })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
