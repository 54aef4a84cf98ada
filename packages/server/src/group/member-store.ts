import { type ExpressionBuilder, type RawBuilder, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { Tables } from "../database/tables.gen.ts";
import type { PageBounds } from "../list-page.ts";

/** The internal ids of the groups of the `user` of the statement, as an expression; it reads one index. */
export function listGroupIdsOfUser(_columns: ExpressionBuilder<Tables, "user">): RawBuilder<string[]> {
  // As text, because the drivers do not parse arrays of 64-bit integers alike.
  return sql<string[]>`array(
    select group_member.group_id::text from group_member where group_member.user_id = "user".id order by 1)`;
}

/** The internal ids of the groups that the user is in. */
export async function listGroupIds(db: Database, userId: string): Promise<readonly string[]> {
  const rows = await db.selectFrom("group_member").select("group_id").where("user_id", "=", userId).execute();
  return rows.map((row) => row.group_id);
}

/** A member of a group. */
export type MemberRow = Awaited<ReturnType<typeof listMemberPage>>[number];

/** A page of the members of a group, who was added last first. Deleted users are left out. */
export async function listMemberPage(db: Database, groupId: string, { below, limit }: PageBounds) {
  return await db
    .selectFrom("group_member")
    .innerJoin("user", "user.id", "group_member.user_id")
    .select(["group_member.id", "group_member.added_at", "user.public_id", "user.email", "user.username"])
    .where("group_member.group_id", "=", groupId)
    .where("group_member.id", "<", below)
    .where("user.deleted_at", "is", null)
    .orderBy("group_member.id", "desc")
    .limit(limit)
    .execute();
}

/** New members of a group, by the public ids of users. */
interface NewMembers {
  readonly groupId: string;
  readonly userIds: readonly string[];
  readonly now: Date;
}

/** A user who was to become a member. */
export interface AddedMember {
  readonly public_id: string;
  /** Whether the user was none before. */
  readonly is_new: boolean;
}

/** Adds those users to the group who are not members yet. Returns all that there are; deleted users are missing. */
export async function insertMembers(
  trx: DatabaseTransaction,
  { groupId, userIds, now }: NewMembers,
): Promise<readonly AddedMember[]> {
  const { rows } = await sql<AddedMember>`
    with found as (
      select id, public_id from "user" where public_id = any(${[...userIds]}::uuid[]) and deleted_at is null
    ),
    added as (
      insert into group_member (group_id, user_id, added_at)
      select ${groupId}::bigint, id, ${now}::timestamptz from found order by id
      on conflict (user_id, group_id) do nothing returning user_id
    )
    select found.public_id::text, added.user_id is not null as is_new
    from found left join added on added.user_id = found.id`.execute(trx);
  return rows;
}

/** Removes the user from the group; returns `false` if they are no member. */
export async function deleteMember(
  trx: DatabaseTransaction,
  { groupId, userId }: { readonly groupId: string; readonly userId: string },
): Promise<boolean> {
  const result = await trx
    .deleteFrom("group_member")
    .using("user")
    .whereRef("user.id", "=", "group_member.user_id")
    .where("user.public_id", "=", userId)
    .where("group_member.group_id", "=", groupId)
    .executeTakeFirst();
  return result.numDeletedRows === 1n;
}
