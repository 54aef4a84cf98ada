import { readsAllOf } from "../../crypto/imported-hashes/stored-hash.ts";
import type { PasswordHasher } from "../../crypto/password-hashing.ts";
import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { rehashPassword } from "./store.ts";

interface RehashDeps {
  readonly db: Database;
  readonly passwords: PasswordHasher;
}

interface VerifiedHash {
  readonly userId: string;
  readonly password: string;
  /** The stored hash that the password matches. */
  readonly hash: string;
}

/**
 * Replaces an imported or outdated hash after its password was verified. One of several concurrent sign-ins writes it, and a
 * password that was changed meanwhile stays. A hash that ignores part of a long password stays too: that part may be
 * mistyped, and a new hash would require it. If the hashing queue is full, a later sign-in replaces the hash.
 */
export async function rehashOutdated(deps: RehashDeps, { userId, password, hash }: VerifiedHash): Promise<void> {
  if (!deps.passwords.isOutdated(hash) || !readsAllOf(hash, password)) return;
  try {
    await rehashPassword(deps.db, { userId, oldHash: hash, hash: await deps.passwords.hash(password) });
  } catch (error) {
    if (!(error instanceof GatehouseError && error.code === "TOO_MANY_REQUESTS")) throw error;
  }
}
