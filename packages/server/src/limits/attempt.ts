import { GatehouseError } from "../errors.ts";
import type { InFlightAttempt } from "./attempts-in-flight.ts";
import { keysOfLimits, type LimitDeps, type LimitKey, type Refusal, refund, takeFromEach } from "./consume.ts";

/** The keys at which the failures of an attempt are counted. */
interface AttemptCounts {
  /** Reset after a success, which proves that the owner made the attempts. */
  readonly own: readonly LimitKey[];
  /** A success takes back its own count and keeps the failures: an attacker may sign in to an account of their own. */
  readonly others: readonly LimitKey[];
}

/**
 * Makes an attempt unless too many failed before, and returns its outcome. The attempt is counted before it is made, so
 * concurrent attempts cannot exceed the number that may fail; the count is taken back after a success or an exception. Waits
 * while only other attempts in progress on this instance use up the limit, as some of them may succeed. Throws
 * `TOO_MANY_REQUESTS` with the wait, without having made the attempt.
 */
export async function attempt(
  deps: LimitDeps,
  { own, others }: AttemptCounts,
  prove: () => Promise<boolean>,
): Promise<boolean> {
  const all = [...own, ...others];
  const keys = keysOfLimits(deps, all);
  const inFlight = await countAttempt(deps, all, keys);
  let freedKeys: readonly string[] = [];
  try {
    const isProven = await prove();
    if (isProven) {
      await refund(deps, { reset: own, giveBack: others });
      freedKeys = keys;
    }
    return isProven;
  } catch (error) {
    await refund(deps, { giveBack: all });
    freedKeys = keys;
    throw error;
  } finally {
    inFlight.finish(freedKeys);
  }
}

/** Counts an attempt. Tries again whenever another attempt frees the keys. */
async function countAttempt(
  deps: LimitDeps,
  limitKeys: readonly LimitKey[],
  keys: readonly string[],
): Promise<InFlightAttempt> {
  for (;;) {
    const inFlight = deps.limits.inFlight.start(keys);
    const refusal = await take(deps, limitKeys, inFlight);
    if (refusal === undefined) return inFlight;
    // Its counts at the other keys have been taken back.
    inFlight.finish(keys.filter((key) => !refusal.keys.includes(key)));
    if (!(await waitForRoom(deps, refusal, inFlight))) {
      const { retryAfterSeconds } = refusal;
      throw new GatehouseError("TOO_MANY_REQUESTS", { detail: "Too many attempts failed.", retryAfterSeconds });
    }
  }
}

async function take(
  deps: LimitDeps,
  limitKeys: readonly LimitKey[],
  inFlight: InFlightAttempt,
): Promise<Refusal | undefined> {
  try {
    return await takeFromEach(deps, limitKeys);
  } catch (error) {
    inFlight.finish([]);
    throw error;
  }
}

/** Waits until every key that was full is freed; `false` if one stays full. */
async function waitForRoom({ limits }: LimitDeps, { keys }: Refusal, inFlight: InFlightAttempt): Promise<boolean> {
  const rooms = await Promise.all(keys.map((key) => inFlight.wasFreed(key) || limits.inFlight.waitForRoom(key)));
  return rooms.every(Boolean);
}
