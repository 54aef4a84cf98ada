import { daySeconds, hourSeconds } from "../clock.ts";
import type { Config } from "../config.ts";

/** The settings that limits take their numbers from. */
type LimitSettings = Config["limits"];

/** How much of something there is for each of those whom it is counted for. */
export interface Budget {
  /** Also the name of its counts, so it must be one of a kind. */
  readonly name: string;
  /**
   * What the key is. It is given as it is known and brought into one form here: the network of an `ip`, the range of a
   * `prefix`, which is a phone number in E.164 without its last four digits. For `everybody`, one key
   * serves for all.
   */
  readonly per: "ip" | "user" | "account" | "number" | "prefix" | "everybody";
  /** A whole number; 0 for no limit. */
  readonly max: number | ((settings: LimitSettings) => number);
  readonly windowSeconds: number;
  /** Where given, the waits grow up to it, as the rule in `counter.ts` says. */
  readonly maxDelaySeconds?: (settings: LimitSettings) => number;
  /**
   * Whether what is counted for an `ip` is hashed, sent or written, and therefore counted for the network around it as well:
   * the /24 of IPv4 and the /48 of IPv6, which may have as much as `LIMIT_ADDRESSES_PER_IPV4_24` addresses and
   * `LIMIT_NETWORKS_PER_IPV6_48` of its /64s. Default false.
   */
  readonly isCostly?: boolean;
  /** `instance` where it guards a cost and no secret, and sharing it would cost more than it spares. Default: `shared`. */
  readonly scope?: "shared" | "instance";
}

/** The part of a budget that accounts of the last day have for themselves; the rest is kept for everybody else. */
const newcomersShare = 0.8;

/** Rounded up, so that a small budget is not none. */
const newcomersPart = (max: number) => Math.ceil(max * newcomersShare);

/** The part of a number's codes that may go to accounts which have had one for it, or to one network. */
const sharesOfNumber = { repeated: 0.4, network: 0.6 } as const;

/** A whole number, and not 0, which would be no limit, unless there is none on the number. */
const partOfNumber = (max: number, share: number) => Math.min(max, Math.max(1, Math.round(max * share)));

/** The budgets of what costs money or bothers people. */
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
   * Warnings are sent in the transaction of what they tell of, where only a count in this process may be asked. The first
   * ones of each kind, which the key names, are never among those left out.
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
  /** What else a number gets is kept for accounts that have not asked for a code to it yet. */
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
  /** Pumping goes through the numbers of a range, which pays whoever owns it. */
  smsPerPrefixPerDay: {
    name: "sms.prefix",
    per: "prefix",
    max: (settings) => settings.smsPerPrefixPerDay,
    windowSeconds: daySeconds,
  },
  /** Accounts made for the purpose leave the others a reserve. */
  smsPerPrefixAndNewcomersPerDay: {
    name: "sms.prefix.newcomers",
    per: "prefix",
    max: (settings) => newcomersPart(settings.smsPerPrefixPerDay),
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
} as const satisfies Record<string, Budget>;
