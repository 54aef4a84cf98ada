import type { Database } from "../../database/connection.ts";

/** A signing key as it lies in the database. */
export interface StoredSigningKey {
  /** `kid`. */
  readonly id: string;
  readonly publicJwk: Record<string, unknown>;
  /** PKCS #8, sealed. */
  readonly privateKey: Uint8Array;
}

/** The keys whose tokens are accepted; the active one first. */
export async function listSigningKeys(db: Database): Promise<readonly StoredSigningKey[]> {
  return await db
    .selectFrom("signing_key")
    .select(["id", "public_jwk as publicJwk", "private_key as privateKey"])
    .orderBy("status")
    .orderBy("created_at", "desc")
    .execute();
}

/** Makes this the active key, unless there is one: of two servers that start together, one wins. */
export async function insertFirstSigningKey(db: Database, key: StoredSigningKey, now: Date): Promise<void> {
  await db
    .insertInto("signing_key")
    .values({
      id: key.id,
      public_jwk: JSON.stringify(key.publicJwk),
      private_key: key.privateKey,
      status: "active",
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
