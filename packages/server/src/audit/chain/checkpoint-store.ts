import type { Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { AuditKeyTable } from "../../database/tables.gen.ts";

/** A key that signs checkpoints, as stored. */
type AuditKeyRow = Selectable<AuditKeyTable>;

/** The key that signs. */
export async function findNewestKey(db: Database): Promise<AuditKeyRow | undefined> {
  return await db.selectFrom("audit_key").selectAll().orderBy("created_at", "desc").limit(1).executeTakeFirst();
}

/** Every key that ever signed, the oldest first. */
export async function listKeys(db: Database): Promise<readonly AuditKeyRow[]> {
  return await db.selectFrom("audit_key").selectAll().orderBy("created_at").execute();
}

interface NewKey {
  readonly keyId: string;
  readonly publicJwk: Record<string, unknown>;
  readonly privateKey: Uint8Array;
}

/** Stores a key. */
export async function insertKey(trx: DatabaseTransaction, key: NewKey, now: Date): Promise<AuditKeyRow> {
  return await trx
    .insertInto("audit_key")
    .values({
      key_id: key.keyId,
      public_jwk: JSON.stringify(key.publicJwk),
      private_key: key.privateKey,
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The newest checkpoint. */
export async function findNewestCheckpoint(db: Database): Promise<{ readonly token: string } | undefined> {
  return await db.selectFrom("audit_checkpoint").select("token").orderBy("id", "desc").limit(1).executeTakeFirst();
}

/** Stores a checkpoint. */
export async function insertCheckpoint(trx: DatabaseTransaction, token: string, now: Date): Promise<void> {
  await trx.insertInto("audit_checkpoint").values({ token, created_at: now }).execute();
}

/** A part of the checkpoints, the oldest first. */
export async function listCheckpoints(
  db: Database,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly { readonly id: string; readonly token: string }[]> {
  return await db
    .selectFrom("audit_checkpoint")
    .select(["id", "token"])
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Deletes the checkpoints of before this moment, except the newest of all; returns how many. */
export async function deleteCheckpoints(db: Database, before: Date): Promise<number> {
  const newest = db.selectFrom("audit_checkpoint").select("id").orderBy("id", "desc").limit(1);
  const result = await db
    .deleteFrom("audit_checkpoint")
    .where("created_at", "<", before)
    .where("id", "<", newest)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
