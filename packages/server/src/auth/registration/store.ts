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

interface SoughtRegistration {
  /** The digest of the token of its link, or of the secret that the registrant got. */
  readonly digest: Uint8Array;
  /** What completes it, so that the one never stands for the other. */
  readonly by: "link" | "code";
  readonly now: Date;
}

/** Finds the unexpired registration with this digest. */
export async function findRegistration(
  db: Database,
  { digest, by, now }: SoughtRegistration,
): Promise<PendingRegistrationRow | undefined> {
  return await db
    .selectFrom("pending_registration")
    .selectAll()
    .where("digest", "=", digest)
    .where("code_digest", by === "code" ? "is not" : "is", null)
    .where("expires_at", ">", now)
    .executeTakeFirst();
}

interface CodeAttempt {
  readonly digest: Uint8Array;
  readonly maxAttempts: number;
  readonly now: Date;
}

/**
 * Counts a guess at the code of a registration and returns it; `undefined` if its code has expired or no guess is left. One
 * statement does both, so concurrent guesses are all counted.
 */
export async function countCodeAttempt(
  db: Database,
  { digest, maxAttempts, now }: CodeAttempt,
): Promise<PendingRegistrationRow | undefined> {
  return await db
    .updateTable("pending_registration")
    .set((eb) => ({ attempts: eb("attempts", "+", 1) }))
    .where("digest", "=", digest)
    .where("attempts", "<", maxAttempts)
    .where("code_expires_at", ">", now)
    .returningAll()
    .executeTakeFirst();
}

/** Replaces the code of a registration that still waits, with all its guesses; returns `false` if it does not. */
export async function replaceCode(
  trx: DatabaseTransaction,
  id: string,
  { digest, createdAt, expiresAt }: { readonly digest: Uint8Array; readonly createdAt: Date; readonly expiresAt: Date },
): Promise<boolean> {
  const result = await trx
    .updateTable("pending_registration")
    .set((eb) => ({
      code_digest: digest,
      code_expires_at: expiresAt,
      attempts: 0,
      // The registration lasts as long as its code.
      expires_at: eb.fn<Date>("greatest", ["expires_at", eb.val(expiresAt)]),
    }))
    .where("id", "=", id)
    .where("expires_at", ">", createdAt)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Uses up a registration by its code: one concurrent call gets it, and none if the code was replaced. */
export async function takeRegistration(
  trx: DatabaseTransaction,
  { id, code_digest }: Pick<PendingRegistrationRow, "id" | "code_digest">,
): Promise<boolean> {
  const result = await trx
    .deleteFrom("pending_registration")
    .where("id", "=", id)
    .where("code_digest", "=", code_digest)
    .executeTakeFirst();
  return result.numDeletedRows === 1n;
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
