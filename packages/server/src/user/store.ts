import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
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

/** The public id of a user, even of a deleted one. */
export async function findPublicId(db: Database, id: string): Promise<string | undefined> {
  const row = await db.selectFrom("user").select("public_id").where("id", "=", id).executeTakeFirst();
  return row?.public_id;
}

/** Finds the ids of a user by the public one, deleted ones too. */
export async function findUserIds(db: Database, publicId: string) {
  return await db.selectFrom("user").select(["id", "public_id"]).where("public_id", "=", publicId).executeTakeFirst();
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

/** Reads a user who may sign in, with the lock of {@link lockActiveUser}. */
export async function lockActiveUserRow(trx: DatabaseTransaction, id: string): Promise<UserRow | undefined> {
  return await trx
    .selectFrom("user")
    .selectAll()
    .where("id", "=", id)
    .where("status", "=", "active")
    .where("deleted_at", "is", null)
    .forShare()
    .executeTakeFirst();
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

/** Whether any account has the role; deleted accounts count, because they can be restored. */
export async function isRoleHeld(db: Database, role: string): Promise<boolean> {
  const row = await db
    .selectFrom("user")
    .select("id")
    .where("roles", "@>", sql<string[]>`${[role]}::text[]`)
    // As in the condition of the index.
    .where("roles", "<>", sql<string[]>`'{}'`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Reads a user by public id, unless deleted, and locks the row like {@link lockUser}. */
export async function lockUserByPublicId(trx: DatabaseTransaction, publicId: string): Promise<UserRow | undefined> {
  return await trx
    .selectFrom("user")
    .selectAll()
    .where("public_id", "=", publicId)
    .where("deleted_at", "is", null)
    .forNoKeyUpdate()
    .executeTakeFirst();
}
