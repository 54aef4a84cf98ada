import { type Insertable, type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { BulkOperationTable } from "../../database/tables.gen.ts";
import { type UserFilter, userConditions } from "../administration/list-store.ts";

/** An operation as stored. */
export type BulkOperationRow = Selectable<BulkOperationTable>;

/** Inserts an operation and returns its internal id. */
export async function insertOperation(
  trx: DatabaseTransaction,
  values: Insertable<BulkOperationTable>,
): Promise<string> {
  const row = await trx.insertInto("bulk_operation").values(values).returning("id").executeTakeFirstOrThrow();
  return row.id;
}

/** Names the accounts of an operation; ids of no account are ignored. Returns how many there are. */
export async function insertNamedTargets(
  trx: DatabaseTransaction,
  operationId: string,
  publicIds: readonly string[],
): Promise<number> {
  const inserted = await sql`
    insert into bulk_target (operation_id, user_id)
    select ${operationId}::bigint, id from "user" where public_id = any(${[...publicIds]}::uuid[])`.execute(trx);
  return Number(inserted.numAffectedRows ?? 0);
}

/** Finds the accounts of an operation, in the database alone, however many there are. Returns how many. */
export async function insertFilteredTargets(
  trx: DatabaseTransaction,
  operationId: string,
  filter: UserFilter,
): Promise<number> {
  const inserted = await sql`
    insert into bulk_target (operation_id, user_id)
    select ${operationId}::bigint, id from "user" where ${userConditions(filter)}`.execute(trx);
  return Number(inserted.numAffectedRows ?? 0);
}

/** Finds an operation by its public id. */
export async function findOperation(db: Database, publicId: string): Promise<BulkOperationRow | undefined> {
  return await db.selectFrom("bulk_operation").selectAll().where("public_id", "=", publicId).executeTakeFirst();
}

/** Reads an operation and locks it, so that another worker waits. */
export async function lockOperation(trx: DatabaseTransaction, publicId: string): Promise<BulkOperationRow | undefined> {
  return await trx
    .selectFrom("bulk_operation")
    .selectAll()
    .where("public_id", "=", publicId)
    .forUpdate()
    .executeTakeFirst();
}

/** Notes that the accounts of an operation are known. */
export async function startOperation(trx: DatabaseTransaction, id: string, total: number): Promise<void> {
  await trx.updateTable("bulk_operation").set({ status: "running", total }).where("id", "=", id).execute();
}

/** Takes the next account of an operation; `undefined` when none is left. */
export async function takeTarget(trx: DatabaseTransaction, operationId: string): Promise<string | undefined> {
  const { rows } = await sql<{ user_id: string }>`
    delete from bulk_target where operation_id = ${operationId} and user_id = (
      select user_id from bulk_target where operation_id = ${operationId} order by user_id limit 1 for update skip locked
    ) returning user_id`.execute(trx);
  return rows[0]?.user_id;
}

/** Counts an account of an operation. */
export async function countTarget(trx: DatabaseTransaction, id: string, as: "done" | "refused"): Promise<void> {
  await trx
    .updateTable("bulk_operation")
    .set((eb) => ({ [as]: eb(as, "+", 1) }))
    .where("id", "=", id)
    .execute();
}

interface Finish {
  readonly status: "done" | "stopped";
  /** Why it stopped; `null` if it is done. */
  readonly stopReason: BulkOperationRow["stop_reason"];
  readonly now: Date;
}

/**
 * Notes that an operation is over, and forgets the accounts that are left, what was searched for, which may be somebody's name, and
 * by which session and from where the caller asked.
 */
export async function finishOperation(
  trx: DatabaseTransaction,
  id: string,
  { status, stopReason, now }: Finish,
): Promise<void> {
  const finished = { status, stop_reason: stopReason, finished_at: now, filter: null, call: "{}", session_id: null };
  await trx.updateTable("bulk_operation").set(finished).where("id", "=", id).execute();
  await trx.deleteFrom("bulk_target").where("operation_id", "=", id).execute();
}

/** Deletes the operations that were over before that time, and returns how many. */
export async function deleteFinishedOperations(db: Database, before: Date): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("bulk_operation").where("finished_at", "<", before).executeTakeFirst();
  return Number(numDeletedRows);
}
