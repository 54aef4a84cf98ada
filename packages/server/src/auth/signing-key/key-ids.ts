import { createHmac, timingSafeEqual } from "node:crypto";
import type { KeyRing } from "../../crypto/key-ring.ts";

/** The length of the tag: too long to guess over the network. */
const tagBytes = 9;

const separator = ".";

/**
 * Ids of signing keys that only servers of this key ring can make. A server looks in the database for an unknown key only if
 * its id is genuine, so an invented id costs no statement.
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

  /** Whether a server of this key ring made the id. Exactly this text is accepted: every variant of it would cost a look-up. */
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
