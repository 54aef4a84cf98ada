import { createPrivateKey, type KeyObject } from "node:crypto";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importJWK } from "jose";
import type { KeyRing } from "../../crypto/key-ring.ts";
import { KeyIds } from "./key-ids.ts";
import type { KeyTimes } from "./key-schedule.ts";
import type { StoredSigningKey } from "./store.ts";

const algorithm = "EdDSA";

/** A key without its times. */
type KeyPair = Omit<StoredSigningKey, keyof KeyTimes>;

/** Imports the public half of a key. */
export async function openPublicKey({ id, publicJwk }: KeyPair): Promise<CryptoKey> {
  const publicKey = await importJWK(publicJwk, algorithm);
  if (publicKey instanceof Uint8Array) throw new Error(`The signing key ${id} is not a key pair`);
  return publicKey;
}

/** Opens the private half of a key. Throws `UnsealError` if the key ring cannot open it. */
export function openPrivateKey(keyRing: KeyRing, { id, privateKey }: KeyPair): KeyObject {
  return createPrivateKey(keyRing.open(privateKey, signingKeyContext(id)));
}

/** Makes a key pair, with its private half sealed. */
export async function makeKey(keyRing: KeyRing): Promise<KeyPair> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const id = new KeyIds(keyRing).make(await calculateJwkThumbprint(publicJwk));
  const pkcs8 = await exportPKCS8(pair.privateKey);
  return { id, publicJwk: { ...publicJwk }, privateKey: keyRing.seal(Buffer.from(pkcs8), signingKeyContext(id)) };
}

/** The key as a member of a key set (RFC 7517, RFC 8037). */
export function toPublicJwk({ id, publicJwk }: KeyPair): Readonly<Record<string, unknown>> {
  return { ...publicJwk, kid: id, alg: algorithm, use: "sig" };
}

/** The context that binds a sealed private half to its key. */
export const signingKeyContext = (id: string) => `signing-key:${id}`;
