import { hash } from "node:crypto";
import type { Actor } from "./actor.ts";

/** Tokens remembered at most, about 1 KB each; the one that was added first is forgotten first. */
const maxEntries = 20_000;

interface Entry {
  readonly actor: Actor;
  readonly expiresAt: Date;
}

/**
 * Who is behind an access token, for tokens that were verified before: a signature is checked once for each token, not for
 * each call. Keyed by the token's hash, so that a dump of the memory holds no token that works.
 */
export class ActorCache {
  readonly #entries = new Map<string, Entry>();

  get(accessToken: string, now: Date): Actor | undefined {
    const key = keyOf(accessToken);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > now) return entry?.actor;
    this.#entries.delete(key);
    return undefined;
  }

  delete(accessToken: string): void {
    this.#entries.delete(keyOf(accessToken));
  }

  /** Remembers until the token, or its session, expires. */
  set(accessToken: string, actor: Actor, expiresAt: Date): void {
    this.#entries.set(keyOf(accessToken), { actor, expiresAt });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > maxEntries && oldest !== undefined) this.#entries.delete(oldest);
  }
}

function keyOf(accessToken: string): string {
  return hash("sha256", accessToken, "base64");
}
