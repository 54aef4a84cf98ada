import { type RawBuilder, type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { AccountDeletionTable } from "../../database/tables.gen.ts";
import type { UserRow } from "../store.ts";

/** Stores the link that undoes a user's deletion; it replaces that of an earlier one. */
export async function putDeletion(trx: DatabaseTransaction, values: Selectable<AccountDeletionTable>): Promise<void> {
  const { user_id: _user, ...replaced } = values;
  await trx
    .insertInto("account_deletion")
    .values(values)
    .onConflict((conflict) => conflict.column("user_id").doUpdateSet(replaced))
    .execute();
}

interface Undo {
  readonly digest: Uint8Array;
  /** Users who deleted their account before are not restored. */
  readonly after: Date;
  readonly now: Date;
}

/**
 * Restores the user whose own deletion has this link, and returns them; `undefined` if the deletion is too old, or no longer the
 * user's last one. One of several concurrent calls succeeds.
 */
export async function undoDeletion(
  trx: DatabaseTransaction,
  { digest, after, now }: Undo,
): Promise<UserRow | undefined> {
  return await trx
    .updateTable("user")
    .from("account_deletion")
    .set({ deleted_at: null, updated_at: now })
    .whereRef("account_deletion.user_id", "=", "user.id")
    .whereRef("account_deletion.deleted_at", "=", "user.deleted_at")
    .where("account_deletion.digest", "=", digest)
    .where("user.deleted_at", ">", after)
    .returningAll("user")
    .executeTakeFirst();
}

/** Forgets the link of the user's deletion, and returns where it wanted to lead. */
export async function takeDeletion(
  trx: DatabaseTransaction,
  userId: string,
): Promise<Pick<Selectable<AccountDeletionTable>, "redirect_to"> | undefined> {
  return await trx
    .deleteFrom("account_deletion")
    .where("user_id", "=", userId)
    .returning("redirect_to")
    .executeTakeFirst();
}

/** An account in the order in which accounts are erased. */
export interface DeletedUser {
  readonly id: string;
  /** As text, because a `Date` has no microseconds. */
  readonly deleted_at: string;
}

interface DeletedUsersQuery {
  /** Accounts that were deleted later are left out. */
  readonly before: Date;
  /** The account after which the page begins. Default: none. */
  readonly after?: DeletedUser | undefined;
  readonly limit: number;
}

/** A page of the accounts that were deleted before a moment, the oldest deletion first. */
export async function listDeletedUsers(
  db: Database,
  { before, after, limit }: DeletedUsersQuery,
): Promise<readonly DeletedUser[]> {
  const { deleted_at: deletedAt, id } = after ?? { deleted_at: "-infinity", id: "0" };
  const { rows } = await sql<DeletedUser>`
    select id, deleted_at::text from "user"
    where deleted_at < ${before} and (deleted_at, id) > (${deletedAt}::timestamptz, ${id}::bigint)
    order by "user".deleted_at, id limit ${limit}`.execute(db);
  return rows;
}

/** An anonymous account in the order in which unused ones are erased. */
export interface UnusedUser {
  readonly id: string;
  /** As text, because a `Date` has no microseconds. */
  readonly anonymous_since: string;
}

interface UnusedQuery {
  /** Accounts that were used later are left out. */
  readonly before: Date;
  /** The account after which the page begins. Default: none. */
  readonly after?: UnusedUser | undefined;
  readonly limit: number;
}

/** An anonymous account that was not used since. */
const isUnused = (before: Date) => sql<boolean>`anonymous_since < ${before} and deleted_at is null
  and not exists (select from session where user_id = "user".id and last_seen_at >= ${before})`;

/** A page of the anonymous accounts that were not used since a moment, the oldest first. */
export async function listUnusedAnonymous(
  db: Database,
  { before, after, limit }: UnusedQuery,
): Promise<readonly UnusedUser[]> {
  const { anonymous_since: since, id } = after ?? { anonymous_since: "-infinity", id: "0" };
  const { rows } = await sql<UnusedUser>`
    select id, anonymous_since::text from "user"
    where ${isUnused(before)} and (anonymous_since, id) > (${since}::timestamptz, ${id}::bigint)
    order by "user".anonymous_since, id limit ${limit}`.execute(db);
  return rows;
}

/** Locks an anonymous account against every change and sign-in, if it was not used since. */
export async function lockUnusedAnonymous(
  trx: DatabaseTransaction,
  id: string,
  before: Date,
): Promise<UserRow | undefined> {
  return await userIf(trx, id, isUnused(before)).forNoKeyUpdate().executeTakeFirst();
}

/** The account, if this holds for it. */
function userIf(trx: DatabaseTransaction, id: string, condition: RawBuilder<boolean>) {
  return trx.selectFrom("user").selectAll().where("id", "=", id).where(condition);
}

/** Locks an account that was deleted before this moment, so that nobody restores it meanwhile. */
export async function lockDeletedUser(
  trx: DatabaseTransaction,
  id: string,
  before: Date,
): Promise<UserRow | undefined> {
  return await userIf(trx, id, sql<boolean>`deleted_at < ${before}`).forUpdate().executeTakeFirst();
}

/** Deletes a user, and with them every row that refers to them. */
export async function deleteUser(trx: DatabaseTransaction, id: string): Promise<void> {
  await trx.deleteFrom("user").where("id", "=", id).execute();
}
