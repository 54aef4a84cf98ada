import type { Config } from "../../config.ts";
import type { PasswordHasher } from "../../crypto/password-hashing.ts";
import { GatehouseError } from "../../errors.ts";
import { type PasswordRefusalReason, passwordRefusalWords } from "../../password-refusal.ts";
import type { BreachCheck } from "./breach-check.ts";
import { type PasswordOwner, personalWords, serviceWords } from "./known-words.ts";
import { countCharacters } from "./schema.ts";

/** The rules for new passwords beyond their form (NIST SP 800-63B-4, 3.1.1.2). */
export interface PasswordPolicy {
  /** Why the owner may not choose the password; `undefined` if they may. */
  findRefusal(password: string, owner: PasswordOwner): Promise<PasswordRefusal | undefined>;
}

/** Why a password is refused. */
interface PasswordRefusal {
  readonly reason: PasswordRefusalReason;
  /** Tells the user what is wrong and what to choose instead; contains no part of the password. */
  readonly message: string;
}

/** The owner of a new password, and the input field that contained it. */
interface ChosenFor {
  readonly owner: PasswordOwner;
  /** Default `password`. */
  readonly field?: "password" | "newPassword";
}

/** What choosing a password needs. */
export interface NewPasswordDeps {
  readonly passwordPolicy: PasswordPolicy;
  readonly passwords: PasswordHasher;
}

interface PolicyOptions {
  readonly config: Pick<Config, "passwordMinCharacters" | "productName" | "publicUrl">;
  /** Called last, so that a password which is refused anyway does not leave the server. Default: no check. */
  readonly isBreached?: BreachCheck | undefined;
}

/** Creates the policy for every way to choose a password: length, strength and breach check. */
export function createPasswordPolicy({ config, isBreached }: PolicyOptions): PasswordPolicy {
  const { passwordMinCharacters: minCharacters } = config;
  const words = passwordRefusalWords("en", { minCharacters });
  const service = serviceWords(config);
  const findReason = async (password: string, owner: PasswordOwner): Promise<PasswordRefusalReason | undefined> => {
    if (countCharacters(password) < minCharacters) return "too_short";
    // The estimator and its texts are loaded for the first new password, not at the start.
    const { findWeakness } = await import("./strength.ts");
    const weakness = await findWeakness(password, { service, personal: personalWords(owner) });
    if (weakness !== undefined) return weakness;
    return (await isBreached?.(password.normalize("NFC"))) === true ? "breached" : undefined;
  };
  return {
    async findRefusal(password, owner) {
      const reason = await findReason(password, owner);
      return reason && { reason, message: words[reason] };
    },
  };
}

/**
 * Checks a new password against the policy and returns its hash; every way to set a password calls it. The input's schema has
 * checked the form. Throws `PASSWORD_TOO_WEAK` and `TOO_MANY_REQUESTS`.
 */
export async function newPassword(
  deps: NewPasswordDeps,
  password: string,
  { owner, field = "password" }: ChosenFor,
): Promise<string> {
  const refusal = await deps.passwordPolicy.findRefusal(password, owner);
  if (refusal !== undefined) {
    const errors = [{ path: field, ...refusal }];
    throw new GatehouseError("PASSWORD_TOO_WEAK", { detail: refusal.message, errors });
  }
  return await deps.passwords.hash(password);
}
