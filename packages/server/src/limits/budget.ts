import type { Config } from "../config.ts";

/** The settings that limits take their numbers from. */
type LimitSettings = Config["limits"];

/** How much of something there is for each of those whom it is counted for. */
export interface Budget {
  /** Also the name of its counts, so it must be one of a kind. */
  readonly name: string;
  /**
   * What the key is. It is given as it is known and brought into one form here: the network of an `ip`, the canonical form
   * of an `email`, the range of a `prefix`, which is a phone number in E.164 without its last four digits.
   */
  readonly per: "ip" | "user" | "account" | "email" | "number" | "prefix";
  /** A whole number; 0 for no limit. */
  readonly max: number | ((settings: LimitSettings) => number);
  readonly windowSeconds: number;
  /** Where given, the waits grow up to it, as the rule in `counter.ts` says. */
  readonly maxDelaySeconds?: (settings: LimitSettings) => number;
  /** `instance` where it guards a cost and no secret, and sharing it would cost more than it spares. Default: `shared`. */
  readonly scope?: "shared" | "instance";
}

const hour = 60 * 60;
const day = 24 * hour;

/** The budgets of what costs money or bothers people. */
export const budgets = {
  mailPerAddressPerDay: {
    name: "mail.email",
    per: "email",
    max: (settings) => settings.mailsPerAddressPerDay,
    windowSeconds: day,
  },
  mailPerUserPerDay: {
    name: "mail.user",
    per: "user",
    max: (settings) => settings.mailsPerUserPerDay,
    windowSeconds: day,
  },
  mailPerIpPerHour: {
    name: "mail.ip",
    per: "ip",
    max: (settings) => settings.mailsPerIpPerHour,
    windowSeconds: hour,
  },
  smsPerNumberPerDay: {
    name: "sms.number",
    per: "number",
    max: (settings) => settings.smsPerNumberPerDay,
    windowSeconds: day,
  },
  /** Pumping goes through the numbers of a range, which pays whoever owns it. */
  smsPerPrefixPerDay: {
    name: "sms.prefix",
    per: "prefix",
    max: (settings) => settings.smsPerPrefixPerDay,
    windowSeconds: day,
  },
  smsPerUserPerDay: {
    name: "sms.user",
    per: "user",
    max: (settings) => settings.smsPerUserPerDay,
    windowSeconds: day,
  },
  smsPerIpPerDay: {
    name: "sms.ip",
    per: "ip",
    max: (settings) => settings.smsPerIpPerDay,
    windowSeconds: day,
  },
} as const satisfies Record<string, Budget>;
