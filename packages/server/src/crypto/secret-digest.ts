import { createHash, timingSafeEqual } from "node:crypto";

/** SHA-256 of a secret with at least 128 bits of entropy; guessable secrets need Argon2 instead. */
export function digestSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Whether the secret has this digest; compares in constant time. */
export function matchesDigest(secret: string, digest: Uint8Array): boolean {
  const presented = digestSecret(secret);
  return presented.length === digest.length && timingSafeEqual(presented, digest);
}

/** SHA-256 of a text in hexadecimal, where a protocol asks for that. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
