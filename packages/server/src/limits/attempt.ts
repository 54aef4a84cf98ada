import { GatehouseError } from "../errors.ts";
import { type Expense, giveBackAll, type LimitDeps, resetAll, takeAll } from "./spending.ts";

/** Whose failures are counted, in the budgets of an attempt to prove something. */
interface AttemptCounts {
  /** Start again after a success: it was the owner of what is proven. */
  readonly own: readonly Expense[];
  /** Get back what a success took, and keep the failures: an attacker can have an account of their own. */
  readonly others: readonly Expense[];
}

/**
 * Lets an attempt be made if there were not too many failures, and answers with its outcome. It is counted before it is
 * made, so that of any number at once no more are made than may fail; a success is taken back, and so is an attempt that
 * could not be made. Throws `TOO_MANY_REQUESTS` with the wait, and then nothing was looked at.
 */
export async function attempt(
  deps: LimitDeps,
  { own, others }: AttemptCounts,
  prove: () => Promise<boolean>,
): Promise<boolean> {
  const all = [...own, ...others];
  const retryAfterSeconds = await takeAll(deps, all);
  if (retryAfterSeconds > 0) {
    throw new GatehouseError("TOO_MANY_REQUESTS", { detail: "Too many attempts failed.", retryAfterSeconds });
  }
  try {
    const isProven = await prove();
    if (isProven) await Promise.all([resetAll(deps, own), giveBackAll(deps, others)]);
    return isProven;
  } catch (error) {
    await giveBackAll(deps, all);
    throw error;
  }
}
