import { addSeconds, type Clock, daySeconds } from "../../clock.ts";
import { budgets } from "../../limits/budget.ts";
import { consume, type LimitDeps, type LimitKey, tryConsume } from "../../limits/consume.ts";
import type { UserRow } from "../../user/store.ts";

/** An account younger than this, in seconds, may have been created only to cause messages. */
const newcomerSeconds = daySeconds;

/** Who asks for a code, to which number and from where. */
interface CausedSms {
  /** `stranger` for somebody who has no account yet. */
  readonly sender: Pick<UserRow, "id" | "created_at"> | "stranger";
  /** E.164. */
  readonly phone: string;
  readonly ip: string;
}

/** What a sender counts as. */
type Standing = "settled" | "newcomer" | "stranger";

type BudgetDeps = LimitDeps & { readonly clock: Clock };

/**
 * Counts a code by SMS against its budgets. Messages cost money, so no budget is without end. New accounts share a part of
 * each budget, and strangers a smaller part of that; the rest is reserved for older accounts. A part of a number's budget is
 * reserved for accounts, or networks of strangers, that have not asked for the number yet, and one network cannot use all of
 * it. Throws `TOO_MANY_REQUESTS`.
 */
export async function consumeSmsBudgets(deps: BudgetDeps, sms: CausedSms): Promise<void> {
  const standing = standingOf(deps, sms);
  const number = numberKey(sms.phone, standing);
  const always = [...numberKeys(deps, sms, number), ...everyKey(sms), ...newcomerKeys(sms, standing)];
  const first = { budget: budgets.firstSmsPerUserAndNumberPerDay, key: `${nameOf(deps, sms)} ${sms.phone}` };
  if (await tryConsume(deps, [first, ...always])) return;
  await consume(deps, [{ budget: budgets.repeatedSmsPerNumberPerDay, key: number }, ...always]);
}

function standingOf({ clock }: BudgetDeps, { sender }: CausedSms): Standing {
  if (sender === "stranger") return "stranger";
  return sender.created_at > addSeconds(clock.now(), -newcomerSeconds) ? "newcomer" : "settled";
}

/** The account or, of a stranger, the network. */
function nameOf({ limits }: LimitDeps, { sender, ip }: CausedSms): string {
  return sender === "stranger" ? `stranger ${limits.networkOf(ip)}` : sender.id;
}

/** Each standing is counted apart, so that nobody uses up the codes of those who have more. */
function numberKey(phone: string, standing: Standing): string {
  return standing === "newcomer" ? phone : `${phone} ${standing}`;
}

function numberKeys({ limits }: LimitDeps, { sender, phone, ip }: CausedSms, number: string): readonly LimitKey[] {
  return [
    { budget: budgets.smsPerNumberPerDay, key: number },
    { budget: budgets.smsPerIpAndNumberPerDay, key: `${limits.networkOf(ip)} ${number}` },
    ...(sender === "stranger"
      ? []
      : [{ budget: budgets.smsPerUserAndNumberPerDay, key: `${sender.id} ${phone}` } as const]),
  ];
}

function everyKey({ sender, phone, ip }: CausedSms): readonly LimitKey[] {
  return [
    { budget: budgets.smsPerPrefixPerDay, key: phone },
    { budget: budgets.smsPerIpPerDay, key: ip },
    { budget: budgets.smsPerDay, key: "" },
    ...(sender === "stranger" ? [] : [{ budget: budgets.smsPerUserPerDay, key: sender.id } as const]),
  ];
}

function newcomerKeys({ phone, ip }: CausedSms, standing: Standing): readonly LimitKey[] {
  if (standing === "settled") return [];
  const newcomers = [
    { budget: budgets.smsPerPrefixAndNewcomersPerDay, key: phone },
    { budget: budgets.smsOfNewcomersPerDay, key: "" },
  ];
  if (standing === "newcomer") return newcomers;
  return [
    ...newcomers,
    { budget: budgets.smsPerPrefixAndStrangersPerDay, key: phone },
    { budget: budgets.smsPerIpAndStrangersPerDay, key: ip },
    { budget: budgets.smsOfStrangersPerDay, key: "" },
  ];
}
