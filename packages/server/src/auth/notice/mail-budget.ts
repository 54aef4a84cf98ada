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
 * The caller's own budgets that a mail counts against. Spend them before the transaction that sends it. What a mailbox gets
 * is paced by `auth/notice/pace.ts`.
 */
export function mailLimitKeys({ ip, userId }: MailCause): readonly LimitKey[] {
  return [
    { budget: budgets.mailPerIpPerHour, key: ip },
    ...(userId === undefined ? [] : [{ budget: budgets.mailPerUserPerDay, key: userId }]),
  ];
}
