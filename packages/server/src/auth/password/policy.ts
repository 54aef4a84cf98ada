import type { PasswordHasher } from "../../crypto/password-hashing.ts";
import { GatehouseError } from "../../errors.ts";
import type { BreachCheck } from "./breach-check.ts";
import { foldPassword, loadCommonPasswords } from "./common-passwords.ts";

/** Which passwords may not be chosen, besides those that break a rule of form (NIST SP 800-63B-4, 3.1.1.2). */
export interface PasswordPolicy {
  /** What is wrong with a password for this person, as a sentence for them; `undefined` if nothing is. */
  findFault(password: string, owner: PasswordOwner): Promise<string | undefined>;
}

/** Whose password it is going to be; what everybody knows of them is no secret. A stored user is one. */
interface PasswordOwner {
  readonly email: string;
  readonly username?: string | null | undefined;
}

/** Whose password is chosen, and in which field of the input it came. */
interface ChosenFor extends PasswordOwner {
  /** Default `password`. */
  readonly field?: "password" | "newPassword";
}

interface NewPasswordDeps {
  readonly passwordPolicy: PasswordPolicy;
  readonly passwords: PasswordHasher;
}

/** The policy over the bundled list, and over the breach check where there is one. */
export function createPasswordPolicy(isBreached: BreachCheck | undefined): PasswordPolicy {
  const common = loadCommonPasswords();
  return {
    async findFault(password, owner) {
      const folded = foldPassword(password);
      if (common.has(folded)) return "Must not be one of the most common passwords";
      if (identifiersOf(owner).has(folded)) return "Must not be the email address or the username";
      if (await isBreached?.(password.normalize("NFC"))) return "Must not be a password known from a data breach";
      return undefined;
    },
  };
}

/**
 * The hash of a password that somebody chooses, ready to be stored; every way to set one goes through here. The input's
 * schema has checked its form. Throws `PASSWORD_TOO_WEAK` and `TOO_MANY_REQUESTS`.
 */
export async function newPassword(deps: NewPasswordDeps, password: string, chosenFor: ChosenFor): Promise<string> {
  const fault = await deps.passwordPolicy.findFault(password, chosenFor);
  if (fault !== undefined) {
    const { field = "password" } = chosenFor;
    throw new GatehouseError("PASSWORD_TOO_WEAK", { detail: fault, errors: [{ path: field, message: fault }] });
  }
  return await deps.passwords.hash(password);
}

function identifiersOf({ email, username }: PasswordOwner): ReadonlySet<string> {
  const localPart = email.slice(0, email.lastIndexOf("@"));
  return new Set([email, localPart, username ?? email].map(foldPassword));
}
