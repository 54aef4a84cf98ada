import { addSeconds, type Clock, daySeconds } from "../../clock.ts";
import { budgets } from "../../limits/budget.ts";
import { consume, type LimitDeps, type LimitKey, tryConsume } from "../../limits/consume.ts";
import type { UserRow } from "../../user/store.ts";

/** An account younger than this, in seconds, may have been created only to cause messages. */
const newcomerSeconds = daySeconds;

/** Who asks for a code, to which number and from where. */
interface CausedSms {
  readonly user: Pick<UserRow, "id" | "created_at">;
  /** E.164. */
  readonly phone: string;
  readonly ip: string;
}

type BudgetDeps = LimitDeps & { readonly clock: Clock };

/**
 * Counts a code by SMS against its budgets. Messages cost money, so no budget is without end. New accounts share a part of
 * each budget; the rest is reserved for older ones. A part of a number's budget is reserved for accounts that have not asked
 * for the number yet, and one network cannot use all of it. Throws `TOO_MANY_REQUESTS`.
 */
export async function consumeSmsBudgets(deps: BudgetDeps, sms: CausedSms): Promise<void> {
  const isNewcomer = sms.user.created_at > addSeconds(deps.clock.now(), -newcomerSeconds);
  const always = [...numberKeys(deps, sms, isNewcomer), ...everyKey(sms, isNewcomer)];
  const account = `${sms.user.id} ${sms.phone}`;
  if (await tryConsume(deps, [{ budget: budgets.firstSmsPerUserAndNumberPerDay, key: account }, ...always])) return;
  const repeated = { budget: budgets.repeatedSmsPerNumberPerDay, key: numberKey(sms.phone, isNewcomer) };
  await consume(deps, [repeated, ...always]);
}

/** New and older accounts are counted apart. */
function numberKey(phone: string, isNewcomer: boolean): string {
  return isNewcomer ? phone : `${phone} settled`;
}

function numberKeys({ limits }: LimitDeps, { user, phone, ip }: CausedSms, isNewcomer: boolean): readonly LimitKey[] {
  const number = numberKey(phone, isNewcomer);
  return [
    { budget: budgets.smsPerNumberPerDay, key: number },
    { budget: budgets.smsPerIpAndNumberPerDay, key: `${limits.networkOf(ip)} ${number}` },
    { budget: budgets.smsPerUserAndNumberPerDay, key: `${user.id} ${phone}` },
  ];
}

function everyKey({ user, phone, ip }: CausedSms, isNewcomer: boolean): readonly LimitKey[] {
  return [
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
