import { budgets } from "../../limits/budget.ts";
import type { LimitKey } from "../../limits/consume.ts";

/** Who causes a mail. */
interface MailCause {
  /** The caller's address. */
  readonly ip: string;
  /** The caller, where they are signed in. */
  readonly userId?: string;
}

/**
 * What a mail is counted against that a caller causes, whoever gets it; spend it before the transaction that sends the mail.
 * They are the caller's own: what a mailbox gets is paced, by `auth/mail-pace`.
 */
export function mailLimitKeys({ ip, userId }: MailCause): readonly LimitKey[] {
  return [
    { budget: budgets.mailPerIpPerHour, key: ip },
    ...(userId === undefined ? [] : [{ budget: budgets.mailPerUserPerDay, key: userId }]),
  ];
}
