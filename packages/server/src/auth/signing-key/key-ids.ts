import { createHmac, timingSafeEqual } from "node:crypto";
import type { KeyRing } from "../../crypto/key-ring.ts";

/** Of the tag, in bytes: too many to guess over the network. */
const tagBytes = 9;

const separator = ".";

/**
 * Ids of signing keys that nobody else can make: a server looks for a key that it does not know where its id is genuine, and
 * spends no statement and no time on one that somebody thought up.
 */
export class KeyIds {
  readonly #secrets: readonly Buffer[];

  constructor(keyRing: KeyRing) {
    this.#secrets = keyRing.derive("signing key ids");
  }

  /** The id of the key with this JWK thumbprint (RFC 7638). */
  make(thumbprint: string): string {
    const [newest] = this.#secrets;
    if (newest === undefined) throw new Error("a key ring holds at least one key");
    return `${thumbprint}${separator}${tag(newest, thumbprint).toString("base64url")}`;
  }

  /** Whether a server with a key of this ring made it. */
  isGenuine(id: string): boolean {
    const [thumbprint = "", text = ""] = id.split(separator);
    const presented = Buffer.from(text, "base64url");
    if (presented.length !== tagBytes) return false;
    return this.#secrets.some((secret) => timingSafeEqual(tag(secret, thumbprint), presented));
  }
}

function tag(secret: Uint8Array, thumbprint: string): Buffer {
  return createHmac("sha256", secret).update(thumbprint).digest().subarray(0, tagBytes);
}
