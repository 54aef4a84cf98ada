import type { Counter } from "./counter.ts";

/** Whether one more may happen. */
export interface Taken {
  readonly allowed: boolean;
  /** Until when nothing more is let through; `null` where the next would be. */
  readonly blockedUntil: Date | null;
}

/** What becomes of counts once it is known what was counted. The keys of both lists together differ. */
export interface Settlement {
  /** Start again. */
  readonly reset?: readonly string[];
  /** Get one back, and with it the wait that it brought about. */
  readonly giveBack?: readonly string[];
}

/**
 * Where the counts are kept. Every operation is one step for each key, also among instances: of any number that come at
 * once, exactly as many are let through as the rule says.
 */
export interface CounterStore {
  /** Counts one more of each, whose keys differ, and answers in their order. */
  take(counters: readonly Counter[], now: Date): Promise<readonly Taken[]>;
  settle(settlement: Settlement): Promise<void>;
  /** Forgets what has expired, where nothing else does it. */
  forgetExpired(now: Date): Promise<void>;
  close(): Promise<void>;
}
