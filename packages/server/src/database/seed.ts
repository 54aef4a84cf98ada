import type { PasswordPolicy } from "../auth/password/policy.ts";
import { newPassword } from "../auth/password/policy.ts";
import type { AccountDeps } from "../auth/registration/create-account.ts";
import { createAccount } from "../auth/registration/create-account.ts";
import type { PasswordHasher } from "../crypto/password-hashing.ts";
import { GatehouseError } from "../errors.ts";
import { assertEmailAvailable, mapUniqueViolation, type NewUser } from "../user/service.ts";
import { inTransaction } from "./connection.ts";

/** The password of every seeded user. It is public, so seeded users are for development only. */
export const seedPassword = "gatehouse-development";

/** A user to seed, who is known by their address. */
type NewSeededUser = NewUser & { readonly email: string };

/** The initial users of a development database. */
const seedUsers: readonly NewSeededUser[] = [
  { email: "admin@example.com", givenName: "Ada", emailVerified: true, roles: ["admin"] },
  { email: "user@example.com", givenName: "Uma", emailVerified: true },
];

/** A seeded user, and whether this run added it. */
export interface SeededUser {
  readonly user: NewSeededUser;
  readonly isNew: boolean;
}

interface SeedDeps extends AccountDeps {
  readonly passwords: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
}

/**
 * Adds the seeded users that are missing and leaves the others unchanged. Throws `PASSWORD_TOO_WEAK` if the password policy
 * requires a longer password than {@link seedPassword}.
 */
export async function seed(deps: SeedDeps): Promise<readonly SeededUser[]> {
  const seeded: SeededUser[] = [];
  for (const user of seedUsers) seeded.push({ user, isNew: await addUnlessTaken(deps, user) });
  return seeded;
}

async function addUnlessTaken(deps: SeedDeps, user: NewSeededUser): Promise<boolean> {
  try {
    await addUser(deps, user);
    return true;
  } catch (error) {
    if (error instanceof GatehouseError && error.code === "EMAIL_TAKEN") return false;
    throw error;
  }
}

async function addUser(deps: SeedDeps, user: NewSeededUser): Promise<void> {
  await assertEmailAvailable(deps.db, user.email);
  const passwordHash = await newPassword(deps, seedPassword, { owner: user });
  await mapUniqueViolation(() => inTransaction(deps.db, (trx) => createAccount(deps, trx, { user, passwordHash })));
}
