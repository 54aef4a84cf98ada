import { addSeconds, type Clock } from "../../clock.ts";
import { budgets } from "../../limits/budget.ts";
import type { LimitKey } from "../../limits/consume.ts";
import type { UserRow } from "../../user/store.ts";

/** An account younger than this, in seconds, may have been made for the messages that it causes. */
const newcomerSeconds = 24 * 60 * 60;

/** Who has a code sent, to where and from where. */
interface CausedSms {
  readonly user: Pick<UserRow, "id" | "created_at">;
  /** E.164. */
  readonly phone: string;
  readonly ip: string;
}

/**
 * What a code by SMS is counted against. Messages cost money, so their number has an end for everybody; but accounts that
 * somebody makes to use it up do so among themselves, and others have a reserve of each budget.
 */
export function smsLimitKeys(
  { clock }: { readonly clock: Clock },
  { user, phone, ip }: CausedSms,
): readonly LimitKey[] {
  const isNewcomer = user.created_at > addSeconds(clock.now(), -newcomerSeconds);
  return [
    { budget: budgets.smsPerNumberPerDay, key: isNewcomer ? phone : `${phone} settled` },
    { budget: budgets.smsPerUserAndNumberPerDay, key: `${user.id} ${phone}` },
    { budget: budgets.smsPerPrefixPerDay, key: phone },
    { budget: budgets.smsPerUserPerDay, key: user.id },
    { budget: budgets.smsPerIpPerDay, key: ip },
    { budget: budgets.smsPerDay, key: "" },
    ...(isNewcomer
      ? [
          { budget: budgets.smsPerPrefixAndNewcomersPerDay, key: phone },
          { budget: budgets.smsOfNewcomersPerDay, key: "" },
        ]
      : []),
  ];
}
