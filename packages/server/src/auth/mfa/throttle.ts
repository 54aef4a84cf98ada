import { daySeconds, hourSeconds } from "../../clock.ts";
import { attempt } from "../../limits/attempt.ts";
import type { Budget } from "../../limits/budget.ts";
import type { LimitDeps } from "../../limits/consume.ts";

/** Failures at one account, whatever challenge or session they come by. Guessing takes the first factor already. */
const failuresPerAccount: Budget = {
  name: "second-factor.account",
  per: "account",
  max: (settings) => settings.loginFailuresPerAccount,
  windowSeconds: daySeconds,
  maxDelaySeconds: (settings) => settings.loginMaxDelaySeconds,
};

/** Failures from one address, at any accounts. */
const failuresPerIp: Budget = {
  name: "second-factor.ip",
  per: "ip",
  max: (settings) => settings.loginFailuresPerIp,
  windowSeconds: hourSeconds,
  isCostly: true,
  maxDelaySeconds: (settings) => settings.loginMaxDelaySeconds,
};

interface Guess {
  readonly userId: string;
  readonly ip: string;
}

/**
 * Calls `prove` unless too many second factors failed before, and returns its outcome; `undefined` is a failure. Every way to
 * present a second factor calls it, so that failures are counted at the same account. Throws `TOO_MANY_REQUESTS`.
 */
export async function throttleSecondFactor<Outcome>(
  deps: LimitDeps,
  { userId, ip }: Guess,
  prove: () => Promise<Outcome | undefined>,
): Promise<Outcome | undefined> {
  let outcome: Outcome | undefined;
  const own = [{ budget: failuresPerAccount, key: `user ${userId}` }];
  await attempt(deps, { own, others: [{ budget: failuresPerIp, key: ip }] }, async () => {
    outcome = await prove();
    return outcome !== undefined;
  });
  return outcome;
}
