import { type Insertable, type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { prepareShortRead } from "../../database/prepared-query.ts";
import type { ApiKeyTable, UserTable } from "../../database/tables.gen.ts";
import type { PageBounds } from "../../list-page.ts";

/** A key as stored. */
export type ApiKeyRow = Selectable<ApiKeyTable>;

/** Adds a key. */
export async function insertApiKey(trx: DatabaseTransaction, values: Insertable<ApiKeyTable>): Promise<ApiKeyRow> {
  return await trx.insertInto("api_key").values(values).returningAll().executeTakeFirstOrThrow();
}

/** How many keys of the user work. Only with the user locked is it still true when it is known. */
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
    .where("api_key.digest", "=", digest)
    .where("api_key.revoked_at", "is", null)
    .where("api_key.expires_at", ">", now)
    .where("user.status", "=", "active" satisfies UserTable["status"])
    .where("user.deleted_at", "is", null)
    .where("user.email_verified_at", "is not", null),
);

/** The key with this digest and what must be known of its user, if it works: the user may be signed in and proved an address. */
export async function findLiveApiKey(db: Database, digest: Buffer, now: Date) {
  const [key] = await selectLiveApiKey(db, { digest, now });
  return key;
}

interface Use {
  readonly id: string;
  readonly now: Date;
  /** Nothing is written if the key was seen in use after this. */
  readonly unlessAfter: Date;
}

/** Notes when the key was used. */
export async function touchApiKey(db: Database, { id, now, unlessAfter }: Use): Promise<void> {
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

/** Revokes the user's key; one that was revoked before stays so from then. `false` if the user has no such key. */
export async function revokeApiKeyOf(
  db: Database,
  key: { readonly publicId: string; readonly userId: string },
  now: Date,
): Promise<boolean> {
  const result = await db
    .updateTable("api_key")
    .set({ revoked_at: sql<Date>`coalesce(revoked_at, ${now})` })
    .where("public_id", "=", key.publicId)
    .where("user_id", "=", key.userId)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Revokes every key of the user. */
export async function revokeApiKeysOf(trx: DatabaseTransaction, userId: string, now: Date): Promise<void> {
  await trx
    .updateTable("api_key")
    .set({ revoked_at: now })
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .execute();
}

/** Deletes keys that were revoked or expired before a moment, at most so many; answers with how many there were. */
export async function deleteEndedApiKeys(db: Database, before: Date, limit: number): Promise<number> {
  const ended = db
    .selectFrom("api_key")
    .select("id")
    .where((where) => where.or([where("revoked_at", "<", before), where("expires_at", "<", before)]))
    .limit(limit);
  const result = await db.deleteFrom("api_key").where("id", "in", ended).executeTakeFirst();
  return Number(result.numDeletedRows);
}
