import { budgets, type Expense } from "../../limits/index.ts";

/** A mail that a caller causes. */
interface CausedMail {
  /** Whom it goes to. */
  readonly email: string;
  /** The caller's address. */
  readonly ip: string;
  /** The caller, where they are signed in. */
  readonly userId?: string;
}

/** What a mail that a caller causes is counted against; spend it before the transaction that sends the mail. */
export function mailExpenses({ email, ip, userId }: CausedMail): readonly Expense[] {
  return [
    { budget: budgets.mailPerAddressPerDay, key: email },
    { budget: budgets.mailPerIpPerHour, key: ip },
    ...(userId === undefined ? [] : [{ budget: budgets.mailPerUserPerDay, key: userId }]),
  ];
}
