import { daySeconds, hourSeconds } from "../../clock.ts";
import { attempt } from "../../limits/attempt.ts";
import type { Budget } from "../../limits/budget.ts";
import { type LimitDeps, refund } from "../../limits/consume.ts";
import { canonicalIdentifier } from "../../user/canonical.ts";

/** An attempt to sign in to an account with a password. */
export interface LoginAttempt {
  /** The id of the account's user; `null` for an unknown identifier. */
  readonly userId: string | null;
  /** Email address or username, as typed, or a telephone number in E.164. */
  readonly identifier: string;
  /**
   * Where only the account's owner can be: on a device that proves itself, or in a session of a caller who is signed in
   * already. `undefined` for any other place.
   */
  readonly place: string | undefined;
  readonly ip: string;
}

/** Failures at one account from unknown places. An account that does not exist has the same limit. */
const failuresPerAccount: Budget = {
  name: "login.account",
  per: "account",
  max: (settings) => settings.loginFailuresPerAccount,
  windowSeconds: daySeconds,
  maxDelaySeconds: (settings) => settings.loginMaxDelaySeconds,
};

/** Failures from a place known to be the owner's, counted apart so that strangers' guesses do not lock the owner out. */
const failuresPerOwner: Budget = { ...failuresPerAccount, name: "login.owner" };

/** Failures from one address, at any accounts. */
const failuresPerIp: Budget = {
  name: "login.ip",
  per: "ip",
  max: (settings) => settings.loginFailuresPerIp,
  windowSeconds: hourSeconds,
  isCostly: true,
  maxDelaySeconds: (settings) => settings.loginMaxDelaySeconds,
};

/**
 * Calls `isProven` unless too many attempts failed before, and returns its result. Every way to sign in with a password calls
 * it, so failures are counted at the same account. Throws `TOO_MANY_REQUESTS` without hashing.
 */
export async function throttleLogin(
  deps: LimitDeps,
  login: LoginAttempt,
  isProven: () => Promise<boolean>,
): Promise<boolean> {
  const { userId, place, ip } = login;
  const account = userId === null ? `nobody ${canonicalIdentifier(login.identifier)}` : accountOf(userId);
  if (place !== undefined) {
    const own = [{ budget: failuresPerOwner, key: `${account} ${place}` }];
    return await attempt(deps, { own, others: [] }, isProven);
  }
  const own = [{ budget: failuresPerAccount, key: account }];
  return await attempt(deps, { own, others: [{ budget: failuresPerIp, key: ip }] }, isProven);
}

/** Resets the account's failures after the owner proved themselves otherwise, as some failures may be their own. */
export async function resetFailures(deps: LimitDeps, userId: string): Promise<void> {
  await refund(deps, { reset: [{ budget: failuresPerAccount, key: accountOf(userId) }] });
}

function accountOf(userId: string): string {
  return `user ${userId}`;
}
