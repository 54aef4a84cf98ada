import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import { deleteChallenges } from "../auth/mfa/challenge-store.ts";
import type { Clock } from "../clock.ts";
import type { DatabaseTransaction } from "../database/connection.ts";
import { changeUser, type UserRow } from "./store.ts";

interface WithClock {
  readonly clock: Clock;
}

/**
 * Stores which second factors the account has. Devices that were trusted before are trusted no more: what was proven on them was
 * another set of factors. Without any factor there is none to reset either. The user must be locked.
 */
export async function storeSecondFactors(
  { clock }: WithClock,
  trx: DatabaseTransaction,
  { userId, factors }: { readonly userId: string; readonly factors: readonly string[] },
): Promise<void> {
  const reset = factors.length === 0 ? { second_factor_reset_at: null } : {};
  await changeUser(trx, userId, { second_factors: [...factors], device_trust_after: clock.now(), ...reset });
}

/**
 * Lets every sign-in of the user begin anew: ends the trust in their devices, and sign-ins that wait for a second factor. The user must
 * be locked.
 */
export async function endHalfSignIns({ clock }: WithClock, trx: DatabaseTransaction, userId: string): Promise<void> {
  await changeUser(trx, userId, { device_trust_after: clock.now() });
  await deleteChallenges(trx, userId);
}

/** Stores when an operator's reset of the user's second factors takes effect; `null` for none. The user must be locked. */
export async function storeFactorReset(
  trx: DatabaseTransaction,
  { userId, at }: { readonly userId: string; readonly at: Date | null },
): Promise<void> {
  await changeUser(trx, userId, { second_factor_reset_at: at });
}

interface StoppedReset {
  /** Locked by the transaction. */
  readonly user: Pick<UserRow, "id" | "public_id" | "second_factor_reset_at">;
  readonly reason: "operator" | "second_factor_proven";
}

/**
 * Stops an operator's pending reset, and records that. Returns `false` if none is pending. Every sign-in and step-up by a second factor
 * calls it: the user has not lost it, or somebody pretends to be them.
 */
export async function stopFactorReset(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  { user, reason }: StoppedReset,
): Promise<boolean> {
  if (user.second_factor_reset_at === null) return false;
  await storeFactorReset(trx, { userId: user.id, at: null });
  const canceled = { action: "user.second_factor_reset_canceled", kind: "user", targetId: user.public_id } as const;
  await recordEvent(deps, trx, { ...canceled, details: { reason } });
  return true;
}
