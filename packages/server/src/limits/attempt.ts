import { GatehouseError } from "../errors.ts";
import type { Visit } from "./attempts-in-flight.ts";
import { keysOfLimits, type LimitDeps, type LimitKey, type Refusal, refund, takeFromEach } from "./consume.ts";

/** Whose failures are counted, in the budgets of an attempt to prove something. */
interface AttemptCounts {
  /** Start again after a success: it was the owner of what is proven. */
  readonly own: readonly LimitKey[];
  /** Get back what a success took, and keep the failures: an attacker can have an account of their own. */
  readonly others: readonly LimitKey[];
}

/**
 * Lets an attempt be made if there were not too many failures, and answers with its outcome. It is counted before it is
 * made, so that of any number at once no more are made than may fail; a success is taken back, and so is an attempt that
 * could not be made. One that is refused only for others of this instance that are being made waits for them, so that the
 * right ones of any number at once are not taken for failures. Throws `TOO_MANY_REQUESTS` with the wait, and then nothing
 * was looked at.
 */
export async function attempt(
  deps: LimitDeps,
  { own, others }: AttemptCounts,
  prove: () => Promise<boolean>,
): Promise<boolean> {
  const all = [...own, ...others];
  const keys = keysOfLimits(deps, all);
  const visit = await enter(deps, all, keys);
  let roomAt: readonly string[] = [];
  try {
    const isProven = await prove();
    if (isProven) {
      await refund(deps, { reset: own, giveBack: others });
      roomAt = keys;
    }
    return isProven;
  } catch (error) {
    await refund(deps, { giveBack: all });
    roomAt = keys;
    throw error;
  } finally {
    visit.leave(roomAt);
  }
}

/** Counts an attempt. Each further try was made room for, and has it unless another was quicker. */
async function enter(deps: LimitDeps, limitKeys: readonly LimitKey[], keys: readonly string[]): Promise<Visit> {
  for (;;) {
    const visit = deps.limits.inFlight.enter(keys);
    const refusal = await take(deps, limitKeys, visit);
    if (refusal === undefined) return visit;
    // What was counted elsewhere for it has been taken back.
    visit.leave(keys.filter((key) => !refusal.keys.includes(key)));
    if (!(await findsRoom(deps, refusal, visit))) {
      const { retryAfterSeconds } = refusal;
      throw new GatehouseError("TOO_MANY_REQUESTS", { detail: "Too many attempts failed.", retryAfterSeconds });
    }
  }
}

async function take(deps: LimitDeps, limitKeys: readonly LimitKey[], visit: Visit): Promise<Refusal | undefined> {
  try {
    return await takeFromEach(deps, limitKeys);
  } catch (error) {
    visit.leave([]);
    throw error;
  }
}

/** Whether there is room, now or soon, at every key that had none. */
async function findsRoom({ limits }: LimitDeps, { keys }: Refusal, visit: Visit): Promise<boolean> {
  const rooms = await Promise.all(keys.map((key) => visit.sawRoom(key) || limits.inFlight.waitForRoom(key)));
  return rooms.every(Boolean);
}
