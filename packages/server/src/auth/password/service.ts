import type { PasswordHasher } from "../../crypto/password-hashing.ts";
import type { Database } from "../../database/index.ts";
import { findPasswordHash } from "./store.ts";

interface PasswordDeps {
  readonly db: Database;
  readonly passwords: PasswordHasher;
}

/**
 * Whether this is the user's password. Takes the same time for a wrong one, a user without one and nobody at all.
 * Throws `TOO_MANY_REQUESTS`.
 */
export async function isPasswordOf(deps: PasswordDeps, userId: string | null, password: string): Promise<boolean> {
  const hash = await findPasswordHash(deps.db, userId);
  return hash === undefined
    ? await deps.passwords.verifyNothing(password)
    : await deps.passwords.verify(password, hash);
}
