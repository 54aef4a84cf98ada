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
    return format(newest, thumbprint);
  }

  /** Whether a server with a key of this ring made it: just this text, since each other one would be looked for anew. */
  isGenuine(id: string): boolean {
    const [thumbprint = ""] = id.split(separator);
    const presented = Buffer.from(id);
    return this.#secrets.some((secret) => {
      const made = Buffer.from(format(secret, thumbprint));
      return made.length === presented.length && timingSafeEqual(made, presented);
    });
  }
}

function format(secret: Uint8Array, thumbprint: string): string {
  const tag = createHmac("sha256", secret).update(thumbprint).digest().subarray(0, tagBytes);
  return `${thumbprint}${separator}${tag.toString("base64url")}`;
}
