import { createPrivateKey } from "node:crypto";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import type { Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { sealedColumn } from "../../encryption/sealed-column.ts";
import { findNewestKey, insertKey, listKeys } from "./checkpoint-store.ts";

/** What the key of checkpoints needs. */
export interface CheckpointKeyDeps {
  readonly clock: Clock;
  readonly keyRing: KeyRing;
}

const algorithm = "EdDSA";

/**
 * Opens the key that signs checkpoints, and makes it at the first use. It is a key of its own: those of access tokens are deleted
 * soon after they retire, and checkpoints are verified years later. Lock the chain before.
 */
export async function openCheckpointKey({ clock, keyRing }: CheckpointKeyDeps, trx: DatabaseTransaction) {
  const stored = await findNewestKey(trx);
  const { key_id: keyId, private_key } = stored ?? (await insertKey(trx, await makeKey(keyRing), clock.now()));
  return { keyId, algorithm, privateKey: createPrivateKey(keyRing.open(private_key, contextOf(keyId))) };
}

async function makeKey(keyRing: KeyRing) {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const keyId = await calculateJwkThumbprint(publicJwk);
  const privateKey = keyRing.seal(Buffer.from(await exportPKCS8(pair.privateKey)), contextOf(keyId));
  return { keyId, publicJwk: { ...publicJwk }, privateKey };
}

/** The public halves of all keys that ever signed, as JWKs (RFC 8037) with their ids. */
export async function listPublicKeys(db: Database): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await listKeys(db)).map(({ key_id: kid, public_jwk }) => ({
    ...public_jwk,
    kid,
    alg: algorithm,
    use: "sig",
  }));
}

/** Imports the public half of a key. */
export async function importCheckpointKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw new Error("A key of checkpoints is a key pair");
  return key;
}

const contextOf = (keyId: string) => `audit-key:${keyId}`;

/** The private halves of the keys that sign checkpoints. */
export const sealedAuditKeys = sealedColumn({
  name: "audit keys",
  table: "audit_key",
  column: "private_key",
  idColumn: "key_id",
  idType: "text",
  contextOf,
});
