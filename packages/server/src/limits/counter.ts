/** How often something may happen. */
export interface CounterRule {
  /** This many are allowed; after them there is a wait. */
  readonly max: number;
  /**
   * Seconds after which the count starts again: since the first that was counted, or, with growing waits, since the last that
   * was allowed.
   */
  readonly windowSeconds: number;
  /**
   * Makes the waits grow: 1, 2, 4 … seconds up to this one, which is at most `windowSeconds`. After each wait one more is
   * allowed. Without it the wait ends with the window.
   */
  readonly maxDelaySeconds?: number;
}

/** A key and its rule. */
export interface Counter {
  readonly key: string;
  readonly rule: CounterRule;
}

/** The state of a key. Moments are in milliseconds since 1970. */
export interface CounterState {
  readonly count: number;
  readonly blockedUntil: number | null;
  readonly expiresAt: number;
}

/** The result of counting one more. */
export interface Step {
  readonly allowed: boolean;
  readonly state: CounterState;
}

/**
 * The rule of counting. The stores in PostgreSQL and Redis implement the same rule in their own languages, as a contract test
 * checks. A rejected call is not counted, so callers who keep trying do not prolong their wait.
 */
export function takeOne(held: CounterState | undefined, rule: CounterRule, now: number): Step {
  const isOver = held === undefined || held.expiresAt <= now;
  if (!isOver && held.blockedUntil !== null && held.blockedUntil > now) return { allowed: false, state: held };
  const count = isOver ? 1 : held.count + 1;
  const expiresAt = isOver || rule.maxDelaySeconds !== undefined ? now + rule.windowSeconds * 1000 : held.expiresAt;
  return { allowed: true, state: { count, blockedUntil: blockedUntil(count, rule, { now, expiresAt }), expiresAt } };
}

function blockedUntil(count: number, rule: CounterRule, times: { now: number; expiresAt: number }): number | null {
  if (count < rule.max) return null;
  if (rule.maxDelaySeconds === undefined) return times.expiresAt;
  return times.now + Math.min(2 ** (count - rule.max), rule.maxDelaySeconds) * 1000;
}

/** Whether one more is allowed. */
export interface Taken {
  readonly allowed: boolean;
  /** Until when all are rejected; `null` if the next one is allowed. */
  readonly blockedUntil: Date | null;
}

/** Corrections of counts once the outcome is known. No key appears twice. */
export interface Settlement {
  /** These start again. */
  readonly reset?: readonly string[];
  /** One is taken back from these, together with the wait that it caused. */
  readonly giveBack?: readonly string[];
}

/**
 * Keeps the counts. Every operation is atomic for each key, also between instances, so exactly as many concurrent calls are
 * allowed as the rule says.
 */
export interface CounterStore {
  /** Counts one more at each key and returns the results in the same order. No key appears twice. */
  take(counters: readonly Counter[], now: Date): Promise<readonly Taken[]>;
  settle(settlement: Settlement): Promise<void>;
  /** Deletes expired counts, if the store does not do that itself. */
  forgetExpired(now: Date): Promise<void>;
  close(): Promise<void>;
}
