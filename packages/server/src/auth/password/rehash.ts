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
 * Replaces an imported or outdated hash once its password is at hand. Of sign-ins at the same time one writes, and a
 * password changed meanwhile stays; so does a hash that part of what was typed did not matter to, since that part may be
 * mistyped and would be required from then on. While too much is being hashed it waits for another sign-in rather than fail this one.
 */
export async function rehashOutdated(deps: RehashDeps, { userId, password, hash }: VerifiedHash): Promise<void> {
  if (!deps.passwords.isOutdated(hash) || !readsAllOf(hash, password)) return;
  try {
    await rehashPassword(deps.db, { userId, oldHash: hash, hash: await deps.passwords.hash(password) });
  } catch (error) {
    if (!(error instanceof GatehouseError && error.code === "TOO_MANY_REQUESTS")) throw error;
  }
}
