import { budgets, type Expense, type LimitDeps, maySpend, spendAll } from "../../limits/index.ts";

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

/**
 * Counts a mail to an account's address that nobody signed in asks for. `false` if the address has had enough, which the
 * caller must not be told; what is spent of their own is no secret from them. Throws `TOO_MANY_REQUESTS`.
 */
export async function countUnprovenMail(deps: LimitDeps, { email, ip }: Omit<CausedMail, "userId">): Promise<boolean> {
  await spendAll(deps, [{ budget: budgets.mailPerIpPerHour, key: ip }]);
  return await maySpend(deps, [{ budget: budgets.mailPerAddressPerDay, key: email }]);
}
