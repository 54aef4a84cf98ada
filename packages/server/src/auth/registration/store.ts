import type { Insertable, Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { PendingRegistrationTable } from "../../database/tables.gen.ts";

/** A registration as it waits. */
export type PendingRegistrationRow = Selectable<PendingRegistrationTable>;

/** Stores the registration; `false` if it was stored before. */
export async function insertRegistration(
  trx: DatabaseTransaction,
  values: Insertable<PendingRegistrationTable>,
): Promise<boolean> {
  const inserted = await trx
    .insertInto("pending_registration")
    .values(values)
    .onConflict((conflict) => conflict.column("public_id").doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

/**
 * Every registration with the address of the one with this digest. They are locked in one order, so that no two calls
 * with links to the same address wait for each other.
 */
export async function lockRegistrations(
  trx: DatabaseTransaction,
  digest: Uint8Array,
): Promise<readonly PendingRegistrationRow[]> {
  return await trx
    .selectFrom("pending_registration")
    .selectAll()
    .where("email_canonical", "=", (eb) =>
      eb.selectFrom("pending_registration as presented").select("email_canonical").where("digest", "=", digest),
    )
    .orderBy("id")
    .forUpdate()
    .execute();
}

/** The registration with this digest that has not expired. */
export async function findRegistration(
  db: Database,
  digest: Uint8Array,
  now: Date,
): Promise<PendingRegistrationRow | undefined> {
  return await db
    .selectFrom("pending_registration")
    .selectAll()
    .where("digest", "=", digest)
    .where("expires_at", ">", now)
    .executeTakeFirst();
}

/** Ends one registration. */
export async function deleteRegistration(trx: DatabaseTransaction, id: string): Promise<void> {
  await trx.deleteFrom("pending_registration").where("id", "=", id).execute();
}

/** Ends whatever waits for this address. */
export async function deleteRegistrations(trx: DatabaseTransaction, emailCanonical: string): Promise<void> {
  await trx.deleteFrom("pending_registration").where("email_canonical", "=", emailCanonical).execute();
}

/** Deletes what expired before this moment; answers with how many there were. */
export async function deleteExpiredRegistrations(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom("pending_registration").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
