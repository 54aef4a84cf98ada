import { addSeconds, type Clock, daySeconds } from "../../clock.ts";
import { budgets } from "../../limits/budget.ts";
import { consume, type LimitDeps, type LimitKey, tryConsume } from "../../limits/consume.ts";
import type { UserRow } from "../../user/store.ts";

/** An account younger than this, in seconds, may have been made for the messages that it causes. */
const newcomerSeconds = daySeconds;

/** Who has a code sent, to where and from where. */
interface CausedSms {
  readonly user: Pick<UserRow, "id" | "created_at">;
  /** E.164. */
  readonly phone: string;
  readonly ip: string;
}

type SpendDeps = LimitDeps & { readonly clock: Clock };

/**
 * Counts a code by SMS. Messages cost money, so each budget ends for everybody. New accounts share a part of it, and older
 * accounts have the rest as a reserve. A part of a number's budget is kept for accounts that have not asked for the number
 * yet, and one network cannot use up the whole. Throws `TOO_MANY_REQUESTS`.
 */
export async function spendSms(deps: SpendDeps, sms: CausedSms): Promise<void> {
  const isNewcomer = sms.user.created_at > addSeconds(deps.clock.now(), -newcomerSeconds);
  const always = [...numberKeys(deps, sms, isNewcomer), ...everyKey(sms, isNewcomer)];
  const account = `${sms.user.id} ${sms.phone}`;
  if (await tryConsume(deps, [{ budget: budgets.firstSmsPerUserAndNumberPerDay, key: account }, ...always])) return;
  const repeated = { budget: budgets.repeatedSmsPerNumberPerDay, key: numberKey(sms.phone, isNewcomer) };
  await consume(deps, [repeated, ...always]);
}

/** Newcomers and others have counts of their own. */
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
