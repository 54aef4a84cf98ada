import type { Insertable, Selectable, Updateable } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import { prepareShortRead } from "../database/prepared-query.ts";
import type { UserTable } from "../database/tables.gen.ts";

/** A user as stored. */
export type UserRow = Selectable<UserTable>;

/** Answers with the new row; a taken address or username violates a unique constraint. */
export async function insertUser(trx: DatabaseTransaction, values: Insertable<UserTable>): Promise<UserRow> {
  return await trx.insertInto("user").values(values).returningAll().executeTakeFirstOrThrow();
}

/** Whichever account has this address and is not deleted. */
export async function findUserByEmail(db: Database, emailCanonical: string): Promise<UserRow | undefined> {
  return await db
    .selectFrom("user")
    .selectAll()
    .where("email_canonical", "=", emailCanonical)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** Whichever account has this username and is not deleted. */
export async function findUserByUsername(db: Database, usernameCanonical: string): Promise<UserRow | undefined> {
  return await db
    .selectFrom("user")
    .selectAll()
    .where("username_canonical", "=", usernameCanonical)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** Whether the address belongs to any account, deleted ones included: a deleted account can be restored. */
export async function emailExists(db: Database, emailCanonical: string): Promise<boolean> {
  const row = await db.selectFrom("user").select("id").where("email_canonical", "=", emailCanonical).executeTakeFirst();
  return row !== undefined;
}

/** Whether the username belongs to any account, deleted ones included. */
export async function usernameExists(db: Database, usernameCanonical: string): Promise<boolean> {
  const row = await db
    .selectFrom("user")
    .select("id")
    .where("username_canonical", "=", usernameCanonical)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether the account with this public id was added already. */
export async function publicIdExists(db: Database, publicId: string): Promise<boolean> {
  const row = await db.selectFrom("user").select("id").where("public_id", "=", publicId).executeTakeFirst();
  return row !== undefined;
}

const selectUser = prepareShortRead((db, { id }: { id: string }) =>
  db.selectFrom("user").selectAll().where("id", "=", id).where("deleted_at", "is", null),
);

/** The row of a user that is not deleted. */
export async function findUser(db: Database, id: string): Promise<UserRow | undefined> {
  const [row] = await selectUser(db, { id });
  return row;
}

/**
 * Whether the user may sign in, held true until the transaction ends: disabling or deleting the user waits for
 * it, and then sees what it did.
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

/** The row of a user that is not deleted, locked against every change and sign-in until the transaction ends. */
export async function lockUser(trx: DatabaseTransaction, id: string): Promise<UserRow | undefined> {
  return await trx
    .selectFrom("user")
    .selectAll()
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** Answers with the changed row; a taken username violates its unique constraint. */
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
