import type { Insertable, Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { PendingRegistrationTable } from "../../database/tables.gen.ts";

/** A pending registration as stored. */
export type PendingRegistrationRow = Selectable<PendingRegistrationTable>;

/** Stores the registration; returns `false` if it is already stored. */
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
 * Locks every registration that has the same address as the one with this digest. They are locked in one order, so that two
 * calls with links of the same address cannot deadlock.
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

/** Finds the unexpired registration with this digest. */
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

/** Deletes one registration. */
export async function deleteRegistration(trx: DatabaseTransaction, id: string): Promise<void> {
  await trx.deleteFrom("pending_registration").where("id", "=", id).execute();
}

/** Deletes every registration of this address. */
export async function deleteRegistrations(trx: DatabaseTransaction, emailCanonical: string): Promise<void> {
  await trx.deleteFrom("pending_registration").where("email_canonical", "=", emailCanonical).execute();
}

/** Deletes registrations that expired before this moment, and returns how many. */
export async function deleteExpiredRegistrations(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom("pending_registration").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
