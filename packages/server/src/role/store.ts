import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { RoleTable } from "../database/tables.gen.ts";
import type { PageBounds } from "../list-page.ts";

/** A role as stored. */
export type RoleRow = Selectable<RoleTable>;

/** The permissions of every role. */
export async function listRolePermissions(db: Database): Promise<readonly Pick<RoleRow, "name" | "permissions">[]> {
  return await db.selectFrom("role").select(["name", "permissions"]).execute();
}

/** A page of the roles, the newest first. */
export async function listRolePage(db: Database, { below, limit }: PageBounds): Promise<readonly RoleRow[]> {
  return await db.selectFrom("role").selectAll().where("id", "<", below).orderBy("id", "desc").limit(limit).execute();
}

/** Inserts a role. A taken name violates `role_name_key`. */
export async function insertRole(trx: DatabaseTransaction, values: Insertable<RoleTable>): Promise<RoleRow> {
  return await trx.insertInto("role").values(values).returningAll().executeTakeFirstOrThrow();
}

/** Reads a role and locks it: nobody is given it, and nobody changes it, until the transaction ends. */
export async function lockRole(trx: DatabaseTransaction, name: string): Promise<RoleRow | undefined> {
  return await trx.selectFrom("role").selectAll().where("name", "=", name).forUpdate().executeTakeFirst();
}

/** Locks the roles that exist among these against being deleted or changed, and returns their names. */
export async function lockRoleNames(trx: DatabaseTransaction, names: readonly string[]): Promise<readonly string[]> {
  const rows = await trx
    .selectFrom("role")
    .select("name")
    .where("name", "=", sql<string>`any(${[...names]}::text[])`)
    .orderBy("id")
    .forShare()
    .execute();
  return rows.map(({ name }) => name);
}

/** Changes a role. */
export async function changeRole(
  trx: DatabaseTransaction,
  id: string,
  changes: Updateable<RoleTable>,
): Promise<RoleRow> {
  return await trx.updateTable("role").set(changes).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
}

/** Deletes a role. */
export async function deleteRole(trx: DatabaseTransaction, id: string): Promise<void> {
  await trx.deleteFrom("role").where("id", "=", id).execute();
}
