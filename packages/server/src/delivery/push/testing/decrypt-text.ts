import { createDecipheriv, type ECDH, hkdfSync } from "node:crypto";

/** What a browser keeps of its subscription. */
export interface BrowserKeys {
  readonly keys: ECDH;
  /** 16 bytes. */
  readonly authSecret: Uint8Array;
}

/**
 * Decrypts a body of one record as a browser does (RFC 8188, RFC 8291). Throws if it was not made for these keys, was changed, or
 * is none.
 */
export function decryptText(body: Buffer, { keys, authSecret }: BrowserKeys): Buffer {
  const salt = body.subarray(0, 16);
  const recordSize = body.readUInt32BE(16);
  const keyLength = body.readUInt8(20);
  const senderKey = body.subarray(21, 21 + keyLength);
  const record = body.subarray(21 + keyLength);
  if (record.length > recordSize) throw new Error("More than one record");
  const keyInfo = Buffer.concat([Buffer.from("WebPush: info\0"), keys.getPublicKey(), senderKey]);
  const secret = Buffer.from(hkdfSync("sha256", keys.computeSecret(senderKey), authSecret, keyInfo, 32));
  const key = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: aes128gcm\0", 16));
  const nonce = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: nonce\0", 12));
  const decipher = createDecipheriv("aes-128-gcm", key, nonce, { authTagLength: 16 });
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  // The last record ends with 2 and perhaps zeros.
  const end = padded.findLastIndex((byte) => byte !== 0);
  if (padded[end] !== 2) throw new Error("The record is not the last");
  return padded.subarray(0, end);
}
