/** How often something may happen. */
export interface CounterRule {
  /** So many are let through; from then on there is a wait. */
  readonly max: number;
  /**
   * Seconds after which the count starts again: since the first that was counted, or, where the waits grow, since the
   * last one that was let through.
   */
  readonly windowSeconds: number;
  /**
   * Where given, the waits grow, 1, 2, 4 … seconds up to this one, and each lets one more through; at most
   * `windowSeconds`. Without it the wait is for the end of the window.
   */
  readonly maxDelaySeconds?: number;
}

/** A key and the rule that is applied to it. */
export interface Counter {
  readonly key: string;
  readonly rule: CounterRule;
}

/** What is held of a key. Moments are in milliseconds since 1970. */
export interface CounterState {
  readonly count: number;
  readonly blockedUntil: number | null;
  readonly expiresAt: number;
}

/** What becomes of one more. */
export interface Step {
  readonly allowed: boolean;
  readonly state: CounterState;
}

/**
 * The one rule of counting; the stores in PostgreSQL and Redis repeat it in their languages, and the contract test holds
 * them to it. What is refused is not counted: whoever keeps trying does not make their own wait longer.
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
