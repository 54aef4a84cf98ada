import type { Insertable, Selectable, Updateable } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import { prepareShortRead } from "../database/prepared-query.ts";
import type { UserTable } from "../database/tables.gen.ts";

/** A user as stored. */
export type UserRow = Selectable<UserTable>;

/** Inserts a user and returns the new row. A taken address or username violates a unique constraint. */
export async function insertUser(trx: DatabaseTransaction, values: Insertable<UserTable>): Promise<UserRow> {
  return await trx.insertInto("user").values(values).returningAll().executeTakeFirstOrThrow();
}

/** Finds the user with this address, unless the account is deleted. */
export async function findUserByEmail(db: Database, emailCanonical: string): Promise<UserRow | undefined> {
  return await db
    .selectFrom("user")
    .selectAll()
    .where("email_canonical", "=", emailCanonical)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** Finds the user with this username, unless the account is deleted. */
export async function findUserByUsername(db: Database, usernameCanonical: string): Promise<UserRow | undefined> {
  return await db
    .selectFrom("user")
    .selectAll()
    .where("username_canonical", "=", usernameCanonical)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** Whether any account has this address. Deleted accounts count, because they can be restored. */
export async function emailExists(db: Database, emailCanonical: string): Promise<boolean> {
  const row = await db.selectFrom("user").select("id").where("email_canonical", "=", emailCanonical).executeTakeFirst();
  return row !== undefined;
}

/** Whether any account has this username, or one that looks like it. Deleted accounts count, because they can be restored. */
export async function usernameExists(
  db: Database,
  { canonical, skeleton }: { readonly canonical: string; readonly skeleton: string },
): Promise<boolean> {
  const row = await db
    .selectFrom("user")
    .select("id")
    .where((eb) => eb.or([eb("username_canonical", "=", canonical), eb("username_skeleton", "=", skeleton)]))
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether an account with this public id exists. */
export async function publicIdExists(db: Database, publicId: string): Promise<boolean> {
  const row = await db.selectFrom("user").select("id").where("public_id", "=", publicId).executeTakeFirst();
  return row !== undefined;
}

const selectUser = prepareShortRead((db, { id }: { id: string }) =>
  db.selectFrom("user").selectAll().where("id", "=", id).where("deleted_at", "is", null),
);

/** Finds a user by internal id, unless the account is deleted. */
export async function findUser(db: Database, id: string): Promise<UserRow | undefined> {
  const [row] = await selectUser(db, { id });
  return row;
}

/**
 * Whether the user may sign in. A share lock keeps that true until the transaction ends: disabling or deleting the user
 * waits for the transaction, and then sees its changes.
 */
export async function lockActiveUser(trx: DatabaseTransaction, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom("user")
    .select("id")
    .where("id", "=", id)
    .where("status", "=", "active")
    .where("deleted_at", "is", null)
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}

/** Reads a user, unless deleted, and locks the row against every change and sign-in until the transaction ends. */
export async function lockUser(trx: DatabaseTransaction, id: string): Promise<UserRow | undefined> {
  return await trx
    .selectFrom("user")
    .selectAll()
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** Changes a user, unless deleted, and returns the changed row. A taken value violates its unique constraint. */
export async function changeUser(
  db: Database,
  id: string,
  changes: Updateable<UserTable>,
): Promise<UserRow | undefined> {
  return await db
    .updateTable("user")
    .set(changes)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}
