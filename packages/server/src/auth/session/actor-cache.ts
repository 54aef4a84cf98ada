import { hash } from "node:crypto";
import { BoundedMap } from "../../bounded-map.ts";
import type { SigningKeys } from "../signing-key/signing-keys.ts";
import type { Actor } from "./actor.ts";

/** About 1 KB each. */
const maxEntries = 20_000;

/** How long a verified token stays valid: as long as the token itself, its session and its key. */
interface Validity {
  readonly expiresAt: Date;
  /** The id of the key that signed the token. */
  readonly keyId: string;
}

interface Entry extends Validity {
  readonly actor: Actor;
}

/**
 * The actors of access tokens that were verified before: a signature is checked once for each token, not for each call. The
 * keys are the tokens' hashes, so that a memory dump contains no working token.
 */
export class ActorCache {
  readonly #entries = new BoundedMap<string, Entry>(maxEntries);
  readonly #keys: Pick<SigningKeys, "isTrusted">;

  constructor(keys: Pick<SigningKeys, "isTrusted">) {
    this.#keys = keys;
  }

  get(accessToken: string, now: Date): Actor | undefined {
    const key = keyOf(accessToken);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > now && this.#keys.isTrusted(entry.keyId)) return entry.actor;
    this.#entries.delete(key);
    return undefined;
  }

  delete(accessToken: string): void {
    this.#entries.delete(keyOf(accessToken));
  }

  set(accessToken: string, actor: Actor, { expiresAt, keyId }: Validity): void {
    this.#entries.set(keyOf(accessToken), { actor, expiresAt, keyId });
  }
}

function keyOf(accessToken: string): string {
  return hash("sha256", accessToken, "base64");
}
