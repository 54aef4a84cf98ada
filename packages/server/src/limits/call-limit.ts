import { daySeconds, hourSeconds } from "../clock.ts";
import { GatehouseError } from "../errors.ts";
import { type Budget, budgets } from "./budget.ts";
import { consume, type LimitDeps, refund } from "./consume.ts";

/**
 * How often procedures may be called, declared in their `meta.limits`. Procedures that declare the same limit share its count.
 * Each call counts before its input is parsed, also in a batch.
 */
export type CallLimit = Budget &
  (
    | {
        readonly per: "ip";
        /**
         * Whether only calls that succeed count. A call is counted before it runs, so that simultaneous calls cannot exceed the
         * limit, and its count is taken back if it fails. Default false.
         */
        readonly countsSuccesses?: boolean;
      }
    // A user's limit has no such choice.
    | { readonly per: "user"; readonly countsSuccesses?: never }
  );

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
  /** A sign-in at a provider asks the provider, which may ask for fewer. */
  socialSignIn: {
    name: "auth.social",
    per: "ip",
    max: (settings) => settings.socialSignInsPerIpPerMinute,
    windowSeconds: minuteSeconds,
    isCostly: true,
  },
  /**
   * Each registration sends a mail; the count is the one of all mails that a network address causes. A registration without an
   * email address gives its count back.
   */
  registrationMail: { ...budgets.mailPerIpPerHour, countsSuccesses: true },
  /** Each creates an account and a session. */
  anonymousUser: {
    name: "auth.anonymous",
    per: "ip",
    max: (settings) => settings.anonymousUsersPerIpPerHour,
    windowSeconds: hourSeconds,
    isCostly: true,
  },
  /** A refresh token cannot be guessed, so this only protects the database. */
  refresh: {
    name: "auth.refresh",
    per: "ip",
    max: (settings) => settings.refreshesPerIpPerMinute,
    windowSeconds: minuteSeconds,
    scope: "instance",
  },
  /** Requests for a mail or a message by a caller who is not signed in. */
  recovery: {
    name: "auth.recovery",
    per: "ip",
    max: (settings) => settings.recoveriesPerIpPerHour,
    windowSeconds: hourSeconds,
    isCostly: true,
  },
  /** Calls with a token or a code that was sent to somebody. */
  redemption: {
    name: "auth.redemption",
    per: "ip",
    max: (settings) => settings.redemptionsPerIpPerMinute,
    windowSeconds: minuteSeconds,
    isCostly: true,
  },
  /** Step-up and changes of a password: each costs a hash, whether the password is right or wrong. */
  passwordProof: {
    name: "auth.password-proof",
    per: "user",
    max: (settings) => settings.passwordProofsPerUserPerHour,
    windowSeconds: hourSeconds,
  },
  /** Each answer costs the verification of a signature. Options cost nothing, so they count as calls only. */
  passkeySignIn: {
    name: "auth.passkeys.login",
    per: "ip",
    max: (settings) => settings.passkeySignInsPerIpPerMinute,
    windowSeconds: minuteSeconds,
    isCostly: true,
  },
  /** Adding and removing each send a mail. */
  passkeyChange: {
    name: "auth.passkeys",
    per: "user",
    max: (settings) => settings.passkeyChangesPerUserPerHour,
    windowSeconds: hourSeconds,
  },
  /** Revoked keys stay in the table for a while, so creations are limited. */
  apiKeyCreation: {
    name: "auth.api-keys",
    per: "user",
    max: (settings) => settings.apiKeysPerUserPerHour,
    windowSeconds: hourSeconds,
  },
  /** Each copy is collected by a job, and kept for days. */
  dataExport: {
    name: "user.export",
    per: "user",
    max: (settings) => settings.dataExportsPerUserPerDay,
    windowSeconds: daySeconds,
  },
  /** Each ticket opens a lasting connection. */
  subscriptionTicket: {
    name: "auth.subscription-ticket",
    per: "user",
    max: (settings) => settings.subscriptionTicketsPerUserPerMinute,
    windowSeconds: minuteSeconds,
    scope: "instance",
  },
  /** Each code is a row until the night. */
  signInCode: {
    name: "auth.sign-in-code",
    per: "user",
    max: (settings) => settings.signInCodesPerUserPerMinute,
    windowSeconds: minuteSeconds,
  },
  /** Decoding an image takes a fraction of a second of a core. */
  picture: {
    name: "user.picture",
    per: "user",
    max: (settings) => settings.picturesPerUserPerHour,
    windowSeconds: hourSeconds,
  },
  /** Each test is sent to all devices of the user, whom somebody with a stolen session could bother. */
  pushEcho: {
    name: "device.push-echo",
    per: "user",
    max: (settings) => settings.pushEchoesPerUserPerHour,
    windowSeconds: hourSeconds,
  },
  deviceRegistration: {
    name: "device.register",
    per: "ip",
    max: (settings) => settings.deviceRegistrationsPerIpPerHour,
    windowSeconds: hourSeconds,
    isCostly: true,
  },
} as const satisfies Record<string, CallLimit>;

/** Counts a call of any procedure by its address. Throws `TOO_MANY_REQUESTS`. */
export function countCall({ limits }: Pick<LimitDeps, "limits">, { ip }: { readonly ip: string }): void {
  const retryAfterSeconds = limits.calls.count(limits.networkOf(ip));
  if (retryAfterSeconds > 0) throw new GatehouseError("TOO_MANY_REQUESTS", { retryAfterSeconds });
}

/** Counts a call against the limits of this kind of key. Throws `TOO_MANY_REQUESTS`. */
export async function enforceLimits(
  deps: LimitDeps,
  limits: readonly CallLimit[],
  caller: { readonly per: CallLimit["per"]; readonly key: string },
): Promise<void> {
  const limitKeys = limits.filter(({ per }) => per === caller.per).map((budget) => ({ budget, key: caller.key }));
  if (limitKeys.length > 0) await consume(deps, limitKeys);
}

/** Takes back what {@link enforceLimits} counted for a call by its address that failed, where a limit counts only successes. */
export async function refundFailedCall(
  deps: LimitDeps,
  limits: readonly CallLimit[],
  { ip }: { readonly ip: string },
): Promise<void> {
  const giveBack = limits.filter((limit) => limit.countsSuccesses).map((budget) => ({ budget, key: ip }));
  if (giveBack.length > 0) await refund(deps, { giveBack });
}
