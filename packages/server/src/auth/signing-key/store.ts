import { sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { KeyTimes } from "./key-schedule.ts";

/** A signing key as stored. */
export interface StoredSigningKey extends KeyTimes {
  /** The `kid`. */
  readonly id: string;
  readonly publicJwk: Record<string, unknown>;
  /** PKCS #8, sealed. */
  readonly privateKey: Uint8Array;
}

/** Every key, in the order in which they sign. */
export async function listSigningKeys(db: Database): Promise<readonly StoredSigningKey[]> {
  return await db
    .selectFrom("signing_key")
    .select([
      "id",
      "public_jwk as publicJwk",
      "private_key as privateKey",
      "published_at as publishedAt",
      "activates_at as activatesAt",
    ])
    .orderBy("activates_at")
    .orderBy("id")
    .execute();
}

/** Locks the keys against changes until the transaction ends. Readers do not wait. */
export async function lockSigningKeys(trx: DatabaseTransaction): Promise<void> {
  await sql`lock table signing_key in share row exclusive mode`.execute(trx);
}

/** Adds a key. */
export async function insertSigningKey(trx: DatabaseTransaction, key: StoredSigningKey): Promise<void> {
  await trx
    .insertInto("signing_key")
    .values({
      id: key.id,
      public_jwk: JSON.stringify(key.publicJwk),
      private_key: key.privateKey,
      published_at: key.publishedAt,
      activates_at: key.activatesAt,
    })
    .execute();
}

/** Deletes every key; returns their ids. */
export async function deleteAllSigningKeys(trx: DatabaseTransaction): Promise<readonly string[]> {
  const deleted = await trx.deleteFrom("signing_key").returning("id").execute();
  return deleted.map(({ id }) => id);
}

/** Deletes the keys whose successors began before that time; returns how many it deleted. */
export async function deleteKeysRetiredBefore(db: Database, moment: Date): Promise<number> {
  const result = await db
    .deleteFrom("signing_key")
    .where("id", "in", (eb) =>
      eb
        .selectFrom(
          eb
            .selectFrom("signing_key")
            .select(["id", sql<Date>`lead(activates_at) over (order by activates_at, id)`.as("retired_at")])
            .as("key"),
        )
        .select("id")
        .where("retired_at", "<", moment),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
