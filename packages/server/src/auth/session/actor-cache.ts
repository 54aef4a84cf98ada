import { hash } from "node:crypto";
import type { SigningKeys } from "../signing-key/signing-keys.ts";
import type { Actor } from "./actor.ts";

/** Tokens remembered at most, about 1 KB each; the one that was added first is forgotten first. */
const maxEntries = 20_000;

/** How long the outcome of a verification holds: as long as the token, its session and its key. */
interface Validity {
  readonly expiresAt: Date;
  /** Of the key that signed the token. */
  readonly keyId: string;
}

interface Entry extends Validity {
  readonly actor: Actor;
}

/**
 * Who is behind an access token, for tokens that were verified before: a signature is checked once for each token, not for
 * each call. Keyed by the token's hash, so that a dump of the memory holds no token that works.
 */
export class ActorCache {
  readonly #entries = new Map<string, Entry>();
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
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > maxEntries && oldest !== undefined) this.#entries.delete(oldest);
  }
}

function keyOf(accessToken: string): string {
  return hash("sha256", accessToken, "base64");
}
