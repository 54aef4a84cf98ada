import type { Insertable, Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { DataExportPartTable, DataExportTable } from "../../database/tables.gen.ts";

/** An export as stored. */
export type ExportRow = Selectable<DataExportTable>;

/** Stores that a user asked for a copy. */
export async function insertExport(trx: DatabaseTransaction, values: Insertable<DataExportTable>): Promise<void> {
  await trx.insertInto("data_export").values(values).execute();
}

/** Finds an export that is not complete yet. */
export async function findOpenExport(db: Database, publicId: string): Promise<ExportRow | undefined> {
  return await db
    .selectFrom("data_export")
    .selectAll()
    .where("public_id", "=", publicId)
    .where("completed_at", "is", null)
    .executeTakeFirst();
}

/** Deletes what an earlier attempt collected. */
export async function deleteParts(db: Database, exportId: string): Promise<void> {
  await db.deleteFrom("data_export_part").where("export_id", "=", exportId).execute();
}

/** Stores a part. */
export async function insertPart(db: Database, values: Insertable<DataExportPartTable>): Promise<void> {
  await db.insertInto("data_export_part").values(values).execute();
}

/** Reads a part by its position; `undefined` after the last. */
export async function findPart(db: Database, exportId: string, position: number) {
  return await db
    .selectFrom("data_export_part")
    .select(["id", "sealed"])
    .where("export_id", "=", exportId)
    .where("position", "=", position)
    .executeTakeFirst();
}

type Completion = Pick<ExportRow, "id" | "digest" | "completed_at" | "expires_at">;

/** Stores the link of a complete export; returns `false` if another attempt did, or the export is gone. */
export async function completeExport(trx: DatabaseTransaction, { id, ...completion }: Completion): Promise<boolean> {
  const result = await trx
    .updateTable("data_export")
    .set(completion)
    .where("id", "=", id)
    .where("completed_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Uses up the link of an export, and returns the export; one of several concurrent calls gets it. */
export async function takeExport(db: Database, digest: Uint8Array, now: Date): Promise<ExportRow | undefined> {
  return await db
    .updateTable("data_export")
    .set({ digest: null })
    .where("digest", "=", digest)
    .where("expires_at", ">", now)
    .returningAll()
    .executeTakeFirst();
}

/** Deletes an export with its parts. */
export async function deleteExport(db: Database, id: string): Promise<void> {
  await db.deleteFrom("data_export").where("id", "=", id).execute();
}

/** Deletes the user's exports, complete or not. */
export async function deleteExportsOf(trx: DatabaseTransaction, userId: string): Promise<void> {
  await trx.deleteFrom("data_export").where("user_id", "=", userId).execute();
}

/** Deletes the user's complete exports, whose links are in a mailbox. */
export async function deleteMailedExportsOf(trx: DatabaseTransaction, userId: string): Promise<void> {
  await trx.deleteFrom("data_export").where("user_id", "=", userId).where("completed_at", "is not", null).execute();
}

/** Deletes exports that expired before this moment, and returns how many. */
export async function deleteExpiredExports(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom("data_export").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
