import type { Config } from "../../config.ts";
import type { PasswordHasher } from "../../crypto/password-hashing.ts";
import { GatehouseError } from "../../errors.ts";
import { type PasswordRefusalReason, passwordRefusalWords } from "../../password-refusal.ts";
import type { BreachCheck } from "./breach-check.ts";
import { type PasswordOwner, personalWords, serviceWords } from "./known-words.ts";
import { countCharacters } from "./schema.ts";
import { createStrengthEstimator } from "./strength.ts";

/** Which passwords may not be chosen, besides those that break the form of any (NIST SP 800-63B-4, 3.1.1.2). */
export interface PasswordPolicy {
  /** Why this person may not have this password; `undefined` if they may. */
  findRefusal(password: string, owner: PasswordOwner): Promise<PasswordRefusal | undefined>;
}

/** Why a password is refused. */
interface PasswordRefusal {
  readonly reason: PasswordRefusalReason;
  /** What is wrong and what would do, for the person who chose it; nothing of the password. */
  readonly message: string;
}

/** Whose password is chosen, and in which field of the input it came. */
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
  /** Asked last, since what is refused without it need not leave the server. Default: nobody is asked. */
  readonly isBreached?: BreachCheck | undefined;
}

/** The policy of every way to choose a password: its length, how well it withstands guesses, and the breach check. */
export function createPasswordPolicy({ config, isBreached }: PolicyOptions): PasswordPolicy {
  const { passwordMinCharacters: minCharacters } = config;
  const words = passwordRefusalWords("en", { minCharacters });
  const findWeakness = createStrengthEstimator();
  const service = serviceWords(config);
  const findReason = async (password: string, owner: PasswordOwner): Promise<PasswordRefusalReason | undefined> => {
    if (countCharacters(password) < minCharacters) return "too_short";
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
 * The hash of a password that somebody chooses, ready to be stored; every way to set one goes through here. The input's
 * schema has checked its form. Throws `PASSWORD_TOO_WEAK` and `TOO_MANY_REQUESTS`.
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
