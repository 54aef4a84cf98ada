import { hourSeconds } from "../clock.ts";
import { GatehouseError } from "../errors.ts";
import type { Budget } from "./budget.ts";
import { consume, type LimitDeps } from "./consume.ts";

/**
 * How often procedures may be called, declared in their `meta.limits`. Those that declare the same one share its count.
 * Each call counts, also of a batch, before its input is looked at.
 */
export interface CallLimit extends Budget {
  /** `user` takes a procedure that signs in. */
  readonly per: "ip" | "user";
}

const minuteSeconds = 60;

/** The limits of Gatehouse's own procedures. */
export const callLimits = {
  /** Every way to sign in with a password. */
  login: {
    name: "auth.login",
    per: "ip",
    max: (settings) => settings.loginsPerIpPerMinute,
    windowSeconds: minuteSeconds,
    isCostly: true,
  },
  register: {
    name: "auth.register",
    per: "ip",
    max: (settings) => settings.registrationsPerIpPerHour,
    windowSeconds: hourSeconds,
    isCostly: true,
  },
  /** A refresh token cannot be guessed, so this guards the database alone. */
  refresh: {
    name: "auth.refresh",
    per: "ip",
    max: (settings) => settings.refreshesPerIpPerMinute,
    windowSeconds: minuteSeconds,
    scope: "instance",
  },
  /** Whatever asks for a mail or a message before anybody is signed in. */
  recovery: {
    name: "auth.recovery",
    per: "ip",
    max: (settings) => settings.recoveriesPerIpPerHour,
    windowSeconds: hourSeconds,
    isCostly: true,
  },
  /** Whatever takes a token or a code that was sent to somebody. */
  redemption: {
    name: "auth.redemption",
    per: "ip",
    max: (settings) => settings.redemptionsPerIpPerMinute,
    windowSeconds: minuteSeconds,
    isCostly: true,
  },
  /** Whatever asks who is signed in to prove it: a password costs a hash, whether it is right or wrong. */
  passwordProof: {
    name: "auth.password-proof",
    per: "user",
    max: (settings) => settings.passwordProofsPerUserPerHour,
    windowSeconds: hourSeconds,
  },
  /** Those that were revoked stay in the table for a while. */
  apiKeyCreation: {
    name: "auth.api-keys",
    per: "user",
    max: (settings) => settings.apiKeysPerUserPerHour,
    windowSeconds: hourSeconds,
  },
  /** Each opens a connection that stays. */
  subscriptionTicket: {
    name: "auth.subscription-ticket",
    per: "user",
    max: (settings) => settings.subscriptionTicketsPerUserPerMinute,
    windowSeconds: minuteSeconds,
    scope: "instance",
  },
  deviceRegistration: {
    name: "device.register",
    per: "ip",
    max: (settings) => settings.deviceRegistrationsPerIpPerHour,
    windowSeconds: hourSeconds,
    isCostly: true,
  },
} as const satisfies Record<string, CallLimit>;

/** Counts a call of anything by its address. Throws `TOO_MANY_REQUESTS`. */
export function countCall({ limits }: Pick<LimitDeps, "limits">, { ip }: { readonly ip: string }): void {
  const retryAfterSeconds = limits.calls.count(limits.networkOf(ip));
  if (retryAfterSeconds > 0) throw new GatehouseError("TOO_MANY_REQUESTS", { retryAfterSeconds });
}

/** Counts a call against those of the limits that are by this kind of key. Throws `TOO_MANY_REQUESTS`. */
export async function enforceLimits(
  deps: LimitDeps,
  limits: readonly CallLimit[],
  caller: { readonly per: CallLimit["per"]; readonly key: string },
): Promise<void> {
  const limitKeys = limits.filter(({ per }) => per === caller.per).map((budget) => ({ budget, key: caller.key }));
  if (limitKeys.length > 0) await consume(deps, limitKeys);
}
