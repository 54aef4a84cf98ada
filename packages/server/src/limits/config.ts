import { complaint } from "../config-checks.ts";
import type { VariableValues } from "../config-variables.ts";

/** How many calls of each kind are allowed before the server returns 429, and where they are counted; 0 for no limit. */
export interface LimitSettings {
  readonly store:
    | { readonly kind: "memory" }
    | { readonly kind: "postgres" }
    | { readonly kind: "redis"; readonly url: string };
  /** Costly calls of a /24 of IPv4 are limited to the budgets of this many addresses. */
  readonly addressesPerIpv4Network: number;
  /** Costly calls of a /48 of IPv6 are limited to the budgets of this many of its /64s. */
  readonly networksPerIpv6Network: number;
  readonly callsPerIpPerMinute: number;
  readonly loginsPerIpPerMinute: number;
  readonly registrationsPerIpPerHour: number;
  readonly socialSignInsPerIpPerMinute: number;
  readonly anonymousUsersPerIpPerHour: number;
  readonly refreshesPerIpPerMinute: number;
  readonly recoveriesPerIpPerHour: number;
  readonly redemptionsPerIpPerMinute: number;
  readonly deviceRegistrationsPerIpPerHour: number;
  readonly pushEchoesPerUserPerHour: number;
  readonly subscriptions: number;
  readonly subscriptionsPerUser: number;
  readonly subscriptionsPerIp: number;
  readonly subscriptionTicketsPerUserPerMinute: number;
  readonly signInCodesPerUserPerMinute: number;
  readonly uploads: number;
  readonly uploadsPerUser: number;
  readonly picturesPerUserPerHour: number;
  readonly loginFailuresPerAccount: number;
  readonly loginFailuresPerIp: number;
  readonly loginMaxDelaySeconds: number;
  readonly passwordProofsPerUserPerHour: number;
  readonly passkeySignInsPerIpPerMinute: number;
  readonly passkeyChangesPerUserPerHour: number;
  readonly apiKeysPerUserPerHour: number;
  readonly dataExportsPerUserPerDay: number;
  /** Mails of one kind per mailbox and day that are sent at once, for all callers together; further ones are spaced. */
  readonly mailsPerAddressPerDay: number;
  readonly mailSpacingSeconds: number;
  readonly mailMaxSpacingSeconds: number;
  readonly mailsPerUserPerDay: number;
  readonly mailsPerIpPerHour: number;
  readonly securityMailsPerUserPerDay: number;
  readonly smsPerNumberPerDay: number;
  readonly smsPerUserAndNumberPerDay: number;
  readonly smsPerPrefixPerDay: number;
  readonly smsPerUserPerDay: number;
  readonly smsPerIpPerDay: number;
  readonly smsPerDay: number;
}

/** The settings of the limits. Throws `StartupError` where the store lacks its address. */
export function limitSettings(parsed: VariableValues): LimitSettings {
  return {
    store: limitStore(parsed),
    addressesPerIpv4Network: parsed.LIMIT_ADDRESSES_PER_IPV4_24,
    networksPerIpv6Network: parsed.LIMIT_NETWORKS_PER_IPV6_48,
    callsPerIpPerMinute: parsed.LIMIT_CALLS_PER_IP_PER_MINUTE,
    loginsPerIpPerMinute: parsed.LIMIT_LOGINS_PER_IP_PER_MINUTE,
    registrationsPerIpPerHour: parsed.LIMIT_REGISTRATIONS_PER_IP_PER_HOUR,
    socialSignInsPerIpPerMinute: parsed.LIMIT_SOCIAL_SIGN_INS_PER_IP_PER_MINUTE,
    anonymousUsersPerIpPerHour: parsed.LIMIT_ANONYMOUS_USERS_PER_IP_PER_HOUR,
    refreshesPerIpPerMinute: parsed.LIMIT_REFRESHES_PER_IP_PER_MINUTE,
    recoveriesPerIpPerHour: parsed.LIMIT_RECOVERIES_PER_IP_PER_HOUR,
    redemptionsPerIpPerMinute: parsed.LIMIT_REDEMPTIONS_PER_IP_PER_MINUTE,
    deviceRegistrationsPerIpPerHour: parsed.LIMIT_DEVICE_REGISTRATIONS_PER_IP_PER_HOUR,
    pushEchoesPerUserPerHour: parsed.LIMIT_PUSH_ECHOES_PER_USER_PER_HOUR,
    subscriptions: parsed.LIMIT_SUBSCRIPTIONS,
    subscriptionsPerUser: parsed.LIMIT_SUBSCRIPTIONS_PER_USER,
    subscriptionsPerIp: parsed.LIMIT_SUBSCRIPTIONS_PER_IP,
    subscriptionTicketsPerUserPerMinute: parsed.LIMIT_SUBSCRIPTION_TICKETS_PER_USER_PER_MINUTE,
    signInCodesPerUserPerMinute: parsed.LIMIT_SIGN_IN_CODES_PER_USER_PER_MINUTE,
    uploads: parsed.LIMIT_UPLOADS,
    uploadsPerUser: parsed.LIMIT_UPLOADS_PER_USER,
    picturesPerUserPerHour: parsed.LIMIT_PICTURES_PER_USER_PER_HOUR,
    loginFailuresPerAccount: parsed.LIMIT_LOGIN_FAILURES_PER_ACCOUNT,
    loginFailuresPerIp: parsed.LIMIT_LOGIN_FAILURES_PER_IP,
    loginMaxDelaySeconds: parsed.LIMIT_LOGIN_MAX_DELAY_SECONDS,
    passwordProofsPerUserPerHour: parsed.LIMIT_PASSWORD_PROOFS_PER_USER_PER_HOUR,
    passkeySignInsPerIpPerMinute: parsed.LIMIT_PASSKEY_SIGN_INS_PER_IP_PER_MINUTE,
    passkeyChangesPerUserPerHour: parsed.LIMIT_PASSKEY_CHANGES_PER_USER_PER_HOUR,
    apiKeysPerUserPerHour: parsed.LIMIT_API_KEYS_PER_USER_PER_HOUR,
    dataExportsPerUserPerDay: parsed.LIMIT_DATA_EXPORTS_PER_USER_PER_DAY,
    mailsPerAddressPerDay: parsed.LIMIT_MAILS_PER_ADDRESS_PER_DAY,
    mailSpacingSeconds: parsed.LIMIT_MAIL_SPACING_SECONDS,
    mailMaxSpacingSeconds: parsed.LIMIT_MAIL_MAX_SPACING_SECONDS,
    mailsPerUserPerDay: parsed.LIMIT_MAILS_PER_USER_PER_DAY,
    mailsPerIpPerHour: parsed.LIMIT_MAILS_PER_IP_PER_HOUR,
    securityMailsPerUserPerDay: parsed.LIMIT_SECURITY_MAILS_PER_USER_PER_DAY,
    smsPerNumberPerDay: parsed.LIMIT_SMS_PER_NUMBER_PER_DAY,
    smsPerUserAndNumberPerDay: parsed.LIMIT_SMS_PER_USER_AND_NUMBER_PER_DAY,
    smsPerPrefixPerDay: parsed.LIMIT_SMS_PER_PREFIX_PER_DAY,
    smsPerUserPerDay: parsed.LIMIT_SMS_PER_USER_PER_DAY,
    smsPerIpPerDay: parsed.LIMIT_SMS_PER_IP_PER_DAY,
    smsPerDay: parsed.LIMIT_SMS_PER_DAY,
  };
}

function limitStore(parsed: VariableValues): LimitSettings["store"] {
  const { LIMIT_STORE, REDIS_URL, DATABASE_URL } = parsed;
  const kind = LIMIT_STORE ?? defaultLimitStore(parsed);
  if (kind === "redis" && REDIS_URL === undefined) throw complaint([["REDIS_URL", "required by LIMIT_STORE=redis"]]);
  if (kind === "postgres" && DATABASE_URL === undefined) {
    throw complaint([["DATABASE_URL", "required by LIMIT_STORE=postgres; the embedded database has one connection"]]);
  }
  return kind === "redis" ? { kind, url: REDIS_URL ?? "" } : { kind };
}

function defaultLimitStore({ REDIS_URL, DATABASE_URL }: VariableValues): LimitSettings["store"]["kind"] {
  if (REDIS_URL !== undefined) return "redis";
  return DATABASE_URL === undefined ? "memory" : "postgres";
}
