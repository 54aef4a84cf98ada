import { type Insertable, type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { prepareShortRead } from "../../database/prepared-query.ts";
import type { ApiKeyTable, UserTable } from "../../database/tables.gen.ts";
import { listGroupIdsOfUser } from "../../group/member-store.ts";
import type { PageBounds } from "../../list-page.ts";

/** A key as stored. */
export type ApiKeyRow = Selectable<ApiKeyTable>;

/** Adds a key. */
export async function insertApiKey(trx: DatabaseTransaction, values: Insertable<ApiKeyTable>): Promise<ApiKeyRow> {
  return await trx.insertInto("api_key").values(values).returningAll().executeTakeFirstOrThrow();
}

/** Counts the working keys of the user. Lock the user before, or the count may be out of date at once. */
export async function countLiveApiKeys(trx: DatabaseTransaction, userId: string, now: Date): Promise<number> {
  const { count } = await trx
    .selectFrom("api_key")
    .select((select) => select.fn.countAll().as("count"))
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .where("expires_at", ">", now)
    .executeTakeFirstOrThrow();
  return Number(count);
}

const selectLiveApiKey = prepareShortRead((db, { digest, now }: { digest: Buffer; now: Date }) =>
  db
    .selectFrom("api_key")
    .innerJoin("user", "user.id", "api_key.user_id")
    .select(["api_key.id", "api_key.public_id", "api_key.scopes", "api_key.last_used_at"])
    .select(["user.id as user_id", "user.public_id as user_public_id", "user.roles as user_roles"])
    .select("user.second_factors as user_second_factors")
    .select((columns) => listGroupIdsOfUser(columns).as("user_group_ids"))
    .where("api_key.digest", "=", digest)
    .where("api_key.revoked_at", "is", null)
    .where("api_key.expires_at", ">", now)
    .where("user.status", "=", "active" satisfies UserTable["status"])
    .where("user.deleted_at", "is", null)
    .where("user.email_verified_at", "is not", null),
);

/** The working key with this digest, with its user. It works if the user is active and has proven an address. */
export async function findLiveApiKey(db: Database, digest: Buffer, now: Date) {
  const [key] = await selectLiveApiKey(db, { digest, now });
  return key;
}

/** Whether there is a key with this public id that was not revoked. */
export async function isApiKeyKept(db: Database, publicId: string): Promise<boolean> {
  const row = await db
    .selectFrom("api_key")
    .select("id")
    .where("public_id", "=", publicId)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return row !== undefined;
}

interface Use {
  readonly id: string;
  readonly now: Date;
  /** Nothing is written if the key was used after this time. */
  readonly unlessAfter: Date;
}

/** Sets when the key was last used. */
export async function updateLastUsed(db: Database, { id, now, unlessAfter }: Use): Promise<void> {
  await db
    .updateTable("api_key")
    .set({ last_used_at: now })
    .where("id", "=", id)
    .where((where) => where.or([where("last_used_at", "is", null), where("last_used_at", "<", unlessAfter)]))
    .execute();
}

/** The user's keys that were not revoked, the newest first. */
export async function listApiKeysOf(db: Database, userId: string, page: PageBounds): Promise<readonly ApiKeyRow[]> {
  return await db
    .selectFrom("api_key")
    .selectAll()
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .where("id", "<", page.below)
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
}

/** A key, and the user whose it must be. */
interface OwnedKey {
  readonly publicId: string;
  readonly userId: string;
}

/** Revokes a key of the user; returns `false` if they have no such key, or if it was revoked before. */
export async function revokeApiKeyOf(trx: DatabaseTransaction, key: OwnedKey, now: Date): Promise<boolean> {
  const result = await trx
    .updateTable("api_key")
    .set({ revoked_at: now })
    .where("public_id", "=", key.publicId)
    .where("user_id", "=", key.userId)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Whether the user has the key, revoked or not. */
export async function hasApiKey(trx: DatabaseTransaction, key: OwnedKey): Promise<boolean> {
  const row = await trx
    .selectFrom("api_key")
    .select("id")
    .where("public_id", "=", key.publicId)
    .where("user_id", "=", key.userId)
    .executeTakeFirst();
  return row !== undefined;
}

/** Revokes every key of the user, and returns the public ids of those that worked until then. */
export async function revokeApiKeysOf(trx: DatabaseTransaction, userId: string, now: Date): Promise<readonly string[]> {
  const rows = await trx
    .updateTable("api_key")
    .set({ revoked_at: now })
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .returning("public_id")
    .execute();
  return rows.map((row) => row.public_id);
}

/** Deletes keys that were revoked or expired before a moment, at most so many for either reason; returns how many. */
export async function deleteEndedApiKeys(db: Database, before: Date, limit: number): Promise<number> {
  // A search for each reason, in the order of its index: for both at once PostgreSQL reads the whole table.
  const endedBy = (column: "revoked_at" | "expires_at") =>
    db.selectFrom("api_key").select("id").where(column, "<", before).orderBy(column).limit(limit);
  const ended = sql<string>`any(array((${endedBy("revoked_at")}) union (${endedBy("expires_at")})))`;
  const result = await db.deleteFrom("api_key").where("id", "=", ended).executeTakeFirst();
  return Number(result.numDeletedRows);
}
