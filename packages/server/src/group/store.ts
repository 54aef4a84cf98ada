import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { GroupTable } from "../database/tables.gen.ts";
import type { PageBounds } from "../list-page.ts";

/** A group as stored. */
export type GroupRow = Selectable<GroupTable>;

/** A page of the groups, the newest first. */
export async function listGroupPage(db: Database, { below, limit }: PageBounds): Promise<readonly GroupRow[]> {
  return await db.selectFrom("group").selectAll().where("id", "<", below).orderBy("id", "desc").limit(limit).execute();
}

/** Finds a group by its public id. */
export async function findGroup(db: Database, publicId: string): Promise<GroupRow | undefined> {
  return await db.selectFrom("group").selectAll().where("public_id", "=", publicId).executeTakeFirst();
}

/** The roles that these groups carry; a group that was deleted is missing. */
export async function listGroupRoles(
  db: Database,
  ids: readonly string[],
): Promise<readonly Pick<GroupRow, "id" | "roles">[]> {
  return await db
    .selectFrom("group")
    .select(["id", "roles"])
    .where("id", "=", sql<string>`any(${[...ids]}::bigint[])`)
    .execute();
}

/** Whether any group carries the role. */
export async function isRoleCarried(db: Database, role: string): Promise<boolean> {
  const row = await db
    .selectFrom("group")
    .select("id")
    .where("roles", "@>", sql<string[]>`${[role]}::text[]`)
    // As in the condition of the index.
    .where("roles", "<>", sql<string[]>`'{}'`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Inserts a group. A taken name violates `group_name_key`. */
export async function insertGroup(trx: DatabaseTransaction, values: Insertable<GroupTable>): Promise<GroupRow> {
  return await trx.insertInto("group").values(values).returningAll().executeTakeFirstOrThrow();
}

/**
 * Reads a group and locks it. `for share` keeps its roles as they are, and lets others add members; `for update` also waits for
 * those who add members.
 */
export async function lockGroup(
  trx: DatabaseTransaction,
  publicId: string,
  strength: "for share" | "for update",
): Promise<GroupRow | undefined> {
  const group = trx.selectFrom("group").selectAll().where("public_id", "=", publicId);
  return await (strength === "for share" ? group.forShare() : group.forUpdate()).executeTakeFirst();
}

/** Changes a group. A taken name violates `group_name_key`. */
export async function changeGroup(
  trx: DatabaseTransaction,
  id: string,
  changes: Updateable<GroupTable>,
): Promise<GroupRow> {
  return await trx.updateTable("group").set(changes).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
}

/** Deletes a group with its memberships. */
export async function deleteGroup(trx: DatabaseTransaction, id: string): Promise<void> {
  await trx.deleteFrom("group").where("id", "=", id).execute();
}
