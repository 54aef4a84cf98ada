import { daySeconds, hourSeconds } from "../../clock.ts";
import type { Database } from "../../database/connection.ts";
import type { DeviceDescription } from "../../device/installation.ts";
import { isKnownDevice } from "../../device/service.ts";
import { attempt } from "../../limits/attempt.ts";
import type { Budget } from "../../limits/budget.ts";
import { type LimitDeps, refund } from "../../limits/consume.ts";
import { canonicalIdentifier } from "../../user/canonical.ts";

/** Somebody claims to be the owner of an account. */
export interface LoginAttempt {
  /** The account's; `null` where there is none. */
  readonly userId: string | null;
  /** Email address or username, as typed. */
  readonly identifier: string;
  readonly device: DeviceDescription | undefined;
  /** The session of an owner who is signed in and asked again; it proves them as a device does. */
  readonly sessionId?: string;
  readonly ip: string;
}

/** Failures at one account, whoever made them; an account that does not exist has as many. */
const failuresPerAccount: Budget = {
  name: "login.account",
  per: "account",
  max: (settings) => settings.loginFailuresPerAccount,
  windowSeconds: daySeconds,
  maxDelaySeconds: (settings) => settings.loginMaxDelaySeconds,
};

/** Failures at one account where its owner is known to be: others' guesses do not keep the owner out. */
const failuresPerOwner: Budget = { ...failuresPerAccount, name: "login.owner" };

/** Failures from one address, at whatever accounts. */
const failuresPerIp: Budget = {
  name: "login.ip",
  per: "ip",
  max: (settings) => settings.loginFailuresPerIp,
  windowSeconds: hourSeconds,
  isCostly: true,
  maxDelaySeconds: (settings) => settings.loginMaxDelaySeconds,
};

/**
 * Looks at a password unless too many were wrong before, and answers whether it was right. Every way to sign in with a
 * password goes through here and counts at the same account. Throws `TOO_MANY_REQUESTS`, and then nothing was hashed.
 */
export async function throttleLogin(
  deps: LimitDeps & { readonly db: Database },
  login: LoginAttempt,
  isProven: () => Promise<boolean>,
): Promise<boolean> {
  const { userId, ip } = login;
  const account = userId === null ? `nobody ${canonicalIdentifier(login.identifier)}` : accountOf(userId);
  const place = await placeOfOwner(deps, login);
  if (place !== undefined) {
    const own = [{ budget: failuresPerOwner, key: `${account} ${place}` }];
    return await attempt(deps, { own, others: [] }, isProven);
  }
  const own = [{ budget: failuresPerAccount, key: account }];
  return await attempt(deps, { own, others: [{ budget: failuresPerIp, key: ip }] }, isProven);
}

/** Starts the account's failures again, for an owner who proved themselves otherwise: their own may have been among them. */
export async function resetFailures(deps: LimitDeps, userId: string): Promise<void> {
  await refund(deps, { reset: [{ budget: failuresPerAccount, key: accountOf(userId) }] });
}

function accountOf(userId: string): string {
  return `user ${userId}`;
}

/** Where the account's owner is known to be, if the attempt comes from there. */
async function placeOfOwner(
  deps: { readonly db: Database },
  { userId, device, sessionId }: LoginAttempt,
): Promise<string | undefined> {
  if (sessionId !== undefined) return `session ${sessionId}`;
  if (device === undefined || !(await isKnownDevice(deps, userId, device))) return undefined;
  return `device ${device.installationId}`;
}
