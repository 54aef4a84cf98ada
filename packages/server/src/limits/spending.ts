import type { Clock } from "../clock.ts";
import { GatehouseError } from "../errors.ts";
import { canonicalEmail } from "../user/canonical.ts";
import type { Budget } from "./budget.ts";
import type { Counter } from "./counter.ts";
import type { CounterStore, Taken } from "./counter-store.ts";
import type { Limits } from "./limits.ts";

/** What limits work with. */
export interface LimitDeps {
  readonly limits: Limits;
  readonly clock: Clock;
}

/** One to be counted against a budget. */
export interface Expense {
  readonly budget: Budget;
  readonly key: string;
}

/**
 * Counts one against a budget. Throws `TOO_MANY_REQUESTS` with the wait. Call it outside a transaction: it has a statement
 * of its own, and what was counted stays so.
 */
export async function spend(deps: LimitDeps, budget: Budget, key: string): Promise<void> {
  await spendAll(deps, [{ budget, key }]);
}

/** Counts one against each of several budgets, or, where one of them is spent, against none and throws. */
export async function spendAll(deps: LimitDeps, expenses: readonly Expense[]): Promise<void> {
  const retryAfterSeconds = await takeAll(deps, expenses);
  if (retryAfterSeconds > 0) throw new GatehouseError("TOO_MANY_REQUESTS", { retryAfterSeconds });
}

/** As {@link spendAll}, for who must not tell the caller that a budget is spent: whether all could be counted. */
export async function maySpend(deps: LimitDeps, expenses: readonly Expense[]): Promise<boolean> {
  return (await takeAll(deps, expenses)) === 0;
}

/** Seconds to wait, or 0 where one was counted against each. */
export async function takeAll(deps: LimitDeps, expenses: readonly Expense[]): Promise<number> {
  const own = countersOf(deps, expenses, "instance");
  const wait = await takeFrom(deps, "instance", own);
  if (wait > 0) return wait;
  const sharedWait = await takeFrom(deps, "shared", countersOf(deps, expenses, "shared"));
  if (sharedWait > 0) await deps.limits.instance.giveBack(keysOf(own));
  return sharedWait;
}

/** Takes back what was counted against each. */
export async function giveBackAll(deps: LimitDeps, expenses: readonly Expense[]): Promise<void> {
  await inEachStore(deps, expenses, (store, keys) => store.giveBack(keys));
}

/** Starts the count of each again. */
export async function resetAll(deps: LimitDeps, expenses: readonly Expense[]): Promise<void> {
  await inEachStore(deps, expenses, (store, keys) => store.reset(keys));
}

async function inEachStore(
  deps: LimitDeps,
  expenses: readonly Expense[],
  change: (store: CounterStore, keys: readonly string[]) => Promise<void>,
): Promise<void> {
  for (const scope of ["instance", "shared"] as const) {
    const keys = keysOf(countersOf(deps, expenses, scope));
    if (keys.length > 0) await change(deps.limits[scope], keys);
  }
}

type Scope = NonNullable<Budget["scope"]>;

async function takeFrom(deps: LimitDeps, scope: Scope, counters: readonly Counter[]): Promise<number> {
  if (counters.length === 0) return 0;
  const now = deps.clock.now();
  const taken = await deps.limits[scope].take(counters, now);
  const waits = taken.map((one) => waitSeconds(one, now));
  const wait = Math.max(...waits);
  const counted = counters.filter((_, index) => waits[index] === 0);
  if (wait > 0 && counted.length > 0) await deps.limits[scope].giveBack(keysOf(counted));
  return wait;
}

function keysOf(counters: readonly Counter[]): readonly string[] {
  return counters.map(({ key }) => key);
}

function waitSeconds({ allowed, blockedUntil }: Taken, now: Date): number {
  if (allowed) return 0;
  return Math.max(1, Math.ceil(((blockedUntil ?? now).getTime() - now.getTime()) / 1000));
}

/** Of those in this store, and limited at all. */
function countersOf({ limits }: LimitDeps, expenses: readonly Expense[], scope: Scope): readonly Counter[] {
  return expenses.flatMap(({ budget, key }) => {
    const { name, per, windowSeconds, maxDelaySeconds } = budget;
    const max = typeof budget.max === "number" ? budget.max : budget.max(limits.settings);
    if (max === 0 || (budget.scope ?? "shared") !== scope) return [];
    const delay = maxDelaySeconds === undefined ? {} : { maxDelaySeconds: maxDelaySeconds(limits.settings) };
    return [{ key: limits.keyOf(name, inOneForm(limits, per, key)), rule: { max, windowSeconds, ...delay } }];
  });
}

function inOneForm({ networkOf }: Limits, per: Budget["per"], key: string): string {
  if (per === "ip") return networkOf(key);
  if (per === "email") return canonicalEmail(key);
  return per === "prefix" ? key.slice(0, -4) : key;
}
