import type { Clock } from "../clock.ts";
import { GatehouseError } from "../errors.ts";
import type { Budget } from "./budget.ts";
import type { Counter, Taken } from "./counter.ts";
import type { Limits } from "./limits.ts";

/** What limits need. */
export interface LimitDeps {
  readonly limits: Limits;
  readonly clock: Clock;
}

/** A budget, and the key to count at. */
export interface LimitKey {
  readonly budget: Budget;
  readonly key: string;
}

/**
 * Counts one against each budget. If one is used up, counts against none and throws `TOO_MANY_REQUESTS` with the wait. Call it
 * outside a transaction: the count is a statement of its own and is not rolled back.
 */
export async function consume(deps: LimitDeps, limitKeys: readonly LimitKey[]): Promise<void> {
  const refusal = await takeFromEach(deps, limitKeys);
  if (refusal === undefined) return;
  throw new GatehouseError("TOO_MANY_REQUESTS", { retryAfterSeconds: refusal.retryAfterSeconds });
}

/** Like {@link consume}, but returns `false` instead of throwing, for callers who must not learn that a budget is used up. */
export async function tryConsume(deps: LimitDeps, limitKeys: readonly LimitKey[]): Promise<boolean> {
  return (await takeFromEach(deps, limitKeys)) === undefined;
}

/** The result where a budget is used up. */
export interface Refusal {
  readonly retryAfterSeconds: number;
  /** The names of the counts at their limit. */
  readonly keys: readonly string[];
}

/** Counts one against each budget. If one is used up, counts against none and returns the refusal. */
export async function takeFromEach(deps: LimitDeps, limitKeys: readonly LimitKey[]): Promise<Refusal | undefined> {
  const own = countersOf(deps, limitKeys, "instance");
  const refusal = await takeFrom(deps, "instance", own);
  if (refusal !== undefined) return refusal;
  const sharedRefusal = await takeFrom(deps, "shared", countersOf(deps, limitKeys, "shared"));
  if (sharedRefusal !== undefined) await deps.limits.instance.settle({ giveBack: keysOf(own) });
  return sharedRefusal;
}

/** The names of the counts of these keys. */
export function keysOfLimits(deps: LimitDeps, limitKeys: readonly LimitKey[]): readonly string[] {
  return keysOf([...countersOf(deps, limitKeys, "instance"), ...countersOf(deps, limitKeys, "shared")]);
}

/** The counts to correct; no count is in both lists. */
interface Outcome {
  /** These counts start again. */
  readonly reset?: readonly LimitKey[];
  /** One is taken back from these counts. */
  readonly giveBack?: readonly LimitKey[];
}

/** Corrects counts, by one operation for each store. */
export async function refund(deps: LimitDeps, { reset = [], giveBack = [] }: Outcome): Promise<void> {
  for (const scope of ["instance", "shared"] as const) {
    const keysIn = (limitKeys: readonly LimitKey[]) => keysOf(countersOf(deps, limitKeys, scope));
    const settlement = { reset: keysIn(reset), giveBack: keysIn(giveBack) };
    if (settlement.reset.length + settlement.giveBack.length > 0) await deps.limits[scope].settle(settlement);
  }
}

type Scope = NonNullable<Budget["scope"]>;

async function takeFrom(deps: LimitDeps, scope: Scope, counters: readonly Counter[]): Promise<Refusal | undefined> {
  if (counters.length === 0) return undefined;
  const now = deps.clock.now();
  const taken = await deps.limits[scope].take(counters, now);
  const waits = taken.map((one) => waitSeconds(one, now));
  const retryAfterSeconds = Math.max(...waits);
  if (retryAfterSeconds === 0) return undefined;
  const counted = counters.filter((_, index) => waits[index] === 0);
  if (counted.length > 0) await deps.limits[scope].settle({ giveBack: keysOf(counted) });
  return { retryAfterSeconds, keys: keysOf(counters.filter((counter) => !counted.includes(counter))) };
}

function keysOf(counters: readonly Counter[]): readonly string[] {
  return counters.map(({ key }) => key);
}

function waitSeconds({ allowed, blockedUntil }: Taken, now: Date): number {
  if (allowed) return 0;
  return Math.max(1, Math.ceil(((blockedUntil ?? now).getTime() - now.getTime()) / 1000));
}

/** The counters of the limited keys that this store holds. */
function countersOf(deps: LimitDeps, limitKeys: readonly LimitKey[], scope: Scope): readonly Counter[] {
  const { limits } = deps;
  return limitKeys.flatMap((limitKey) => {
    const { budget, key } = limitKey;
    const { windowSeconds, maxDelaySeconds } = budget;
    const max = typeof budget.max === "number" ? budget.max : budget.max(limits.settings);
    if (max === 0 || (budget.scope ?? "shared") !== scope) return [];
    const delay = maxDelaySeconds === undefined ? {} : { maxDelaySeconds: maxDelaySeconds(limits.settings) };
    const rule = { windowSeconds, ...delay };
    const own = { key: limits.keyOf(budget.name, normalizeKey(limits, budget.per, key)), rule: { max, ...rule } };
    const wide = budget.isCostly && budget.per === "ip" ? wideCount(limits, { name: budget.name, ip: key, max }) : [];
    return [own, ...wide.map((count) => ({ key: count.key, rule: { max: count.max, ...rule } }))];
  });
}

/** The largest limit of a counter. */
const maxCount = 1_000_000_000;

/** The counter of the surrounding network, whose limit is that of several addresses. */
function wideCount(
  { settings, wideNetworkOf, keyOf }: Limits,
  { name, ip, max }: { readonly name: string; readonly ip: string; readonly max: number },
): readonly { readonly key: string; readonly max: number }[] {
  const network = wideNetworkOf(ip);
  const parts = network.family === "ipv4" ? settings.addressesPerIpv4Network : settings.networksPerIpv6Network;
  return parts === 0 ? [] : [{ key: keyOf(`${name}.wide`, network.name), max: Math.min(max * parts, maxCount) }];
}

function normalizeKey({ networkOf }: Limits, per: Budget["per"], key: string): string {
  if (per === "ip") return networkOf(key);
  return per === "prefix" ? key.slice(0, -4) : key;
}
