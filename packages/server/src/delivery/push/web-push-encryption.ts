import { createCipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from "node:crypto";
import type { WebPushSubscription } from "./web-push-subscription.ts";

/** The record size in the header of RFC 8188, in bytes; a message is one record. */
const recordBytes = 4096;

/** Salt, record size, the length of the key, and the key. */
const headerBytes = 16 + 4 + 1 + 65;

const tagBytes = 16;

/** The most bytes of a text: services take bodies of 4,096 bytes (RFC 8030, 7.2), and one byte delimits the text. */
export const maxTextBytes = 4096 - headerBytes - tagBytes - 1;

/** Marks the last record. */
const lastRecord = Buffer.from([2]);

interface Ephemeral {
  /** The sender's key pair, for this message alone. */
  readonly keys: ECDH;
  /** 16 bytes. */
  readonly salt: Uint8Array;
}

/**
 * Encrypts a text for a subscription as RFC 8291 says, with the content coding `aes128gcm`. Throws if the subscription's key is
 * no point of the curve. The default for `ephemeral` is a new key pair and a new salt; only the RFC's example needs another.
 */
export function encryptText(
  text: Uint8Array,
  { publicKey, authSecret }: Pick<WebPushSubscription, "publicKey" | "authSecret">,
  { keys, salt }: Ephemeral = newEphemeral(),
): Buffer {
  const senderKey = keys.getPublicKey();
  const keyInfo = Buffer.concat([Buffer.from("WebPush: info\0"), publicKey, senderKey]);
  const secret = derive(keys.computeSecret(publicKey), { salt: authSecret, info: keyInfo, length: 32 });
  const key = derive(secret, { salt, info: "Content-Encoding: aes128gcm\0", length: 16 });
  const nonce = derive(secret, { salt, info: "Content-Encoding: nonce\0", length: 12 });
  const cipher = createCipheriv("aes-128-gcm", key, nonce);
  const encrypted = [cipher.update(text), cipher.update(lastRecord), cipher.final(), cipher.getAuthTag()];
  const recordSize = Buffer.alloc(4);
  recordSize.writeUInt32BE(recordBytes);
  return Buffer.concat([salt, recordSize, Buffer.from([senderKey.length]), senderKey, ...encrypted]);
}

function newEphemeral(): Ephemeral {
  const keys = createECDH("prime256v1");
  keys.generateKeys();
  return { keys, salt: randomBytes(16) };
}

function derive(
  secret: Uint8Array,
  { salt, info, length }: { readonly salt: Uint8Array; readonly info: string | Uint8Array; readonly length: number },
): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, info, length));
}
