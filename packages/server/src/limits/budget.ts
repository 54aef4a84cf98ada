import { daySeconds, hourSeconds } from "../clock.ts";
import type { LimitSettings } from "./config.ts";

/** How often something may happen for each key. */
export interface Budget {
  /** Also the name of its counts, so it must be unique. */
  readonly name: string;
  /**
   * The kind of key. Pass the raw value; it is normalized here: an `ip` to its network, a `prefix` (a phone number in E.164) to
   * the number without its last four digits. For `everybody` the key is always the same.
   */
  readonly per: "ip" | "user" | "account" | "number" | "prefix" | "everybody";
  /** A whole number; 0 for no limit. */
  readonly max: number | ((settings: LimitSettings) => number);
  readonly windowSeconds: number;
  /** The longest wait, up to which waits grow by the rule in `counter.ts`. Default: one wait, until the window ends. */
  readonly maxDelaySeconds?: (settings: LimitSettings) => number;
  /**
   * Whether a call from an `ip` hashes, sends or writes something. It is then counted for the surrounding network too: the /24 of
   * IPv4, with the budget of `LIMIT_ADDRESSES_PER_IPV4_24` addresses, or the /48 of IPv6, with the budget of
   * `LIMIT_NETWORKS_PER_IPV6_48` /64s. Default false.
   */
  readonly isCostly?: boolean;
  /** `instance` for a budget that protects no secret and costs more to share than it saves. Default: `shared`. */
  readonly scope?: "shared" | "instance";
}

/**
 * The shares of a budget that accounts of the last day may use, and strangers without an account, who count for both; the rest is
 * reserved for those before them.
 */
const shares = { newcomers: 0.8, strangers: 0.5 } as const;

/** Rounded up, so that a small budget is not none. */
const newcomersPart = (max: number) => Math.ceil(max * shares.newcomers);
const strangersPart = (max: number) => Math.ceil(max * shares.strangers);

/** The share of a number's codes for accounts that have already had one for it, and for one network. */
const sharesOfNumber = { repeated: 0.4, network: 0.6 } as const;

/** A whole number, at least 1, since 0 would mean no limit; 0 only if the number itself has no limit. */
const partOfNumber = (max: number, share: number) => Math.min(max, Math.max(1, Math.round(max * share)));

/** The budgets of mails and text messages. */
export const budgets = {
  mailPerUserPerDay: {
    name: "mail.user",
    per: "user",
    max: (settings) => settings.mailsPerUserPerDay,
    windowSeconds: daySeconds,
  },
  mailPerIpPerHour: {
    name: "mail.ip",
    per: "ip",
    max: (settings) => settings.mailsPerIpPerHour,
    windowSeconds: hourSeconds,
    isCostly: true,
  },
  /**
   * Counted in this process only, since notices are sent inside transactions. The key names the kind of notice, so the first
   * notices of each kind are always sent.
   */
  securityMailPerUserPerDay: {
    name: "mail.security",
    per: "user",
    max: (settings) => settings.securityMailsPerUserPerDay,
    windowSeconds: daySeconds,
    scope: "instance",
  },
  smsPerNumberPerDay: {
    name: "sms.number",
    per: "number",
    max: (settings) => settings.smsPerNumberPerDay,
    windowSeconds: daySeconds,
  },
  /** The rest of a number's budget is reserved for accounts, or networks of strangers, that have not asked for a code to it yet. */
  repeatedSmsPerNumberPerDay: {
    name: "sms.number.repeated",
    per: "number",
    max: (settings) => partOfNumber(settings.smsPerNumberPerDay, sharesOfNumber.repeated),
    windowSeconds: daySeconds,
  },
  firstSmsPerUserAndNumberPerDay: { name: "sms.user-number.first", per: "account", max: 1, windowSeconds: daySeconds },
  /** The key names the network and the number. */
  smsPerIpAndNumberPerDay: {
    name: "sms.ip-number",
    per: "account",
    max: (settings) => partOfNumber(settings.smsPerNumberPerDay, sharesOfNumber.network),
    windowSeconds: daySeconds,
  },
  /** One account cannot use up what a number gets. */
  smsPerUserAndNumberPerDay: {
    name: "sms.user-number",
    per: "account",
    max: (settings) => settings.smsPerUserAndNumberPerDay,
    windowSeconds: daySeconds,
  },
  /** SMS pumping sends to all numbers of a range, whose owner earns by it. */
  smsPerPrefixPerDay: {
    name: "sms.prefix",
    per: "prefix",
    max: (settings) => settings.smsPerPrefixPerDay,
    windowSeconds: daySeconds,
  },
  /** Accounts created for pumping leave a reserve for the others. */
  smsPerPrefixAndNewcomersPerDay: {
    name: "sms.prefix.newcomers",
    per: "prefix",
    max: (settings) => newcomersPart(settings.smsPerPrefixPerDay),
    windowSeconds: daySeconds,
  },
  smsPerPrefixAndStrangersPerDay: {
    name: "sms.prefix.strangers",
    per: "prefix",
    max: (settings) => strangersPart(settings.smsPerPrefixPerDay),
    windowSeconds: daySeconds,
  },
  smsPerUserPerDay: {
    name: "sms.user",
    per: "user",
    max: (settings) => settings.smsPerUserPerDay,
    windowSeconds: daySeconds,
  },
  smsPerIpPerDay: {
    name: "sms.ip",
    per: "ip",
    max: (settings) => settings.smsPerIpPerDay,
    windowSeconds: daySeconds,
    isCostly: true,
  },
  smsPerIpAndStrangersPerDay: {
    name: "sms.ip.strangers",
    per: "ip",
    max: (settings) => strangersPart(settings.smsPerIpPerDay),
    windowSeconds: daySeconds,
    isCostly: true,
  },
  smsPerDay: {
    name: "sms",
    per: "everybody",
    max: (settings) => settings.smsPerDay,
    windowSeconds: daySeconds,
  },
  smsOfNewcomersPerDay: {
    name: "sms.newcomers",
    per: "everybody",
    max: (settings) => newcomersPart(settings.smsPerDay),
    windowSeconds: daySeconds,
  },
  smsOfStrangersPerDay: {
    name: "sms.strangers",
    per: "everybody",
    max: (settings) => strangersPart(settings.smsPerDay),
    windowSeconds: daySeconds,
  },
} as const satisfies Record<string, Budget>;
