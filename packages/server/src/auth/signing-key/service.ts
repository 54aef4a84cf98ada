import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importJWK, importPKCS8 } from "jose";
import type { Clock } from "../../clock.ts";
import type { SigningKey } from "../../crypto/access-token.ts";
import { type KeyRing, UnsealError } from "../../crypto/key-ring.ts";
import type { Database } from "../../database/connection.ts";
import { StartupError } from "../../startup-error.ts";
import { insertFirstSigningKey, listSigningKeys, type StoredSigningKey } from "./store.ts";

interface SigningKeyDeps {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
}

/** The keys in use: the one that signs, the public halves of all, and the same as a key set (RFC 7517). */
export interface SigningKeys {
  readonly signingKey: SigningKey;
  readonly publicKeys: ReadonlyMap<string, SigningKey["publicKey"]>;
  readonly jwks: JsonWebKeySet;
}

/** A JWK set; the members of each key are as in RFC 7517 and RFC 8037. */
export interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

const algorithm = "EdDSA";

/**
 * The keys of the database, the first of which is made on first start. Throws {@link StartupError} where the
 * key ring cannot open them: with another ring than the one that sealed the data the server must not start.
 */
export async function loadSigningKeys(deps: SigningKeyDeps): Promise<SigningKeys> {
  let stored = await listSigningKeys(deps.db);
  if (stored.length === 0) {
    await insertFirstSigningKey(deps.db, await makeKey(deps.keyRing), deps.clock.now());
    stored = await listSigningKeys(deps.db);
  }
  const keys = await Promise.all(stored.map((key) => openKey(deps.keyRing, key)));
  const [signingKey] = keys;
  if (signingKey === undefined) throw new Error("The signing key was removed while the server started");
  return {
    signingKey,
    publicKeys: new Map(keys.map((key) => [key.id, key.publicKey])),
    jwks: { keys: stored.map((key) => ({ ...key.publicJwk, kid: key.id, alg: algorithm, use: "sig" })) },
  };
}

async function makeKey(keyRing: KeyRing): Promise<StoredSigningKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const id = await calculateJwkThumbprint(publicJwk);
  const pkcs8 = await exportPKCS8(pair.privateKey);
  return { id, publicJwk: { ...publicJwk }, privateKey: keyRing.seal(Buffer.from(pkcs8), sealContext(id)) };
}

async function openKey(keyRing: KeyRing, stored: StoredSigningKey): Promise<SigningKey> {
  const pkcs8 = openPrivateKey(keyRing, stored);
  const publicKey = await importJWK(stored.publicJwk, algorithm);
  if (publicKey instanceof Uint8Array) throw new Error(`The signing key ${stored.id} is not a key pair`);
  return { id: stored.id, publicKey, privateKey: await importPKCS8(pkcs8, algorithm) };
}

function openPrivateKey(keyRing: KeyRing, stored: StoredSigningKey): string {
  try {
    return keyRing.open(stored.privateKey, sealContext(stored.id)).toString();
  } catch (cause) {
    if (!(cause instanceof UnsealError)) throw cause;
    const message = `ENCRYPTION_KEYS does not open the data of this database (${cause.message}). Restore the keys that it was made with.`;
    throw new StartupError("KeyError", message, { cause });
  }
}

const sealContext = (id: string) => `signing-key:${id}`;
