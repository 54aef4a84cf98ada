import type { Config } from "../../config.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { isMailConfigured } from "../../delivery/email/service.ts";
import type { UserRow } from "../../user/store.ts";
import { hasPasskey } from "../passkey/store.ts";
import { countRecoveryCodes } from "./recovery-code-store.ts";
import type { SecondFactorMethod } from "./schema.ts";

/** A factor that an account has: a sign-in then takes a second one. */
export type SecondFactor = "totp" | "email" | "passkey";

const factors = ["totp", "passkey", "email"] as const satisfies readonly SecondFactor[];

/** The factors of the account, in the order in which they are offered. */
export function ownFactors(user: Pick<UserRow, "second_factors">): SecondFactor[] {
  return factors.filter((factor) => hasFactor(user, factor));
}

/** Whether the factor is one of the account's. */
export function hasFactor({ second_factors }: Pick<UserRow, "second_factors">, factor: SecondFactor): boolean {
  return second_factors.includes(factor);
}

/** The settings that say which factors there are. */
export interface FactorSettings {
  readonly config: Pick<Config, "mail" | "mfa">;
}

/** A user who proved something, by the names of a session's `methods`. */
interface HalfProven {
  readonly user: Pick<UserRow, "id" | "email_verified_at" | "second_factors">;
  readonly methods: readonly string[];
}

/**
 * Whether a code by mail completes the sign-in: the account takes such codes, and so does the server. A link by mail and a code by mail
 * would prove the same mailbox twice.
 */
export function takesEmailCode({ config }: FactorSettings, { user, methods }: HalfProven): boolean {
  const isOffered = config.mfa.emailCodes && isMailConfigured(config);
  return isOffered && hasFactor(user, "email") && user.email_verified_at !== null && !methods.includes("email");
}

/**
 * What the user can answer a challenge with: the account's factors, its passkeys even if they are no factor of the account, and
 * recovery codes while there are any.
 */
export async function listFactors(
  deps: FactorSettings,
  trx: DatabaseTransaction,
  { user, methods }: HalfProven,
): Promise<SecondFactorMethod[]> {
  const isOffered = {
    totp: hasFactor(user, "totp"),
    passkey: await hasPasskey(trx, user.id),
    email: takesEmailCode(deps, { user, methods }),
    recovery_code: (await countRecoveryCodes(trx, user.id)) > 0,
  };
  return ([...factors, "recovery_code"] as const).filter((method) => isOffered[method]);
}
