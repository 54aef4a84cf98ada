import { sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { UserRow } from "../store.ts";

/** Finds an account by its public id, deleted or not. */
export async function findAnyUser(db: Database, publicId: string): Promise<UserRow | undefined> {
  return await db.selectFrom("user").selectAll().where("public_id", "=", publicId).executeTakeFirst();
}

/** An address, a username or a proven number, in its canonical form. */
interface CanonicalName {
  readonly kind: "email" | "phone" | "username";
  readonly value: string;
}

const columns = { email: "email_canonical", phone: "phone", username: "username_canonical" } as const;

/** Finds an account by its address, username or proven number, deleted or not. */
export async function findNamedUser(db: Database, { kind, value }: CanonicalName): Promise<UserRow | undefined> {
  return await db
    .selectFrom("user")
    .selectAll()
    .where(columns[kind], "=", value)
    .$if(kind === "phone", (query) => query.where("phone_verified_at", "is not", null))
    .executeTakeFirst();
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

/** Any number that no other advisory lock of one argument uses. The triggers of migration 0050 have it too. */
const impersonationLock = 5390176244;

/**
 * Makes changes of roles and groups that take the permission to impersonate away wait until the transaction ends. They then end
 * the impersonation that it began.
 */
export async function lockImpersonationRights(trx: DatabaseTransaction): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${sql.lit(impersonationLock)})`.execute(trx);
}
