import type { Clock } from "../clock.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../database/connection.ts";
import type { Logger } from "../logging/logger.ts";
import { openContent } from "./content.ts";
import { type AddedDeliveries, endFanOut, insertNextDeliveries, lockNextFanOut } from "./fan-out-store.ts";
import { hasOpenNotification, type NotificationRow } from "./store.ts";

/** What finding the devices of notifications needs. */
export interface FanOutDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly log: Logger;
}

/** Devices, users or memberships that one transaction looks at. */
const stepSize = 1000;

/**
 * Finds the devices of all notifications whose time has come, step by step, until none is left or the signal is aborted. Any number of
 * workers may do so at once: each step locks its notification, and one that ends in the middle undoes only its own step.
 */
export async function fanOutDue(deps: FanOutDeps, signal: AbortSignal): Promise<void> {
  if (!(await hasOpenNotification(deps.db, deps.clock.now()))) return;
  const failing: string[] = [];
  while (!signal.aborted) {
    const step = await takeStep(deps, failing);
    if (step === "none left") return;
    // The others go on. This one is tried again in the next round.
    if (step !== "done") failing.push(step.failedId);
  }
}

type StepOutcome = "done" | "none left" | { readonly failedId: string };

async function takeStep(deps: FanOutDeps, failing: readonly string[]): Promise<StepOutcome> {
  let locked: NotificationRow | undefined;
  try {
    return await inTransaction(deps.db, async (trx) => {
      locked = await lockNextFanOut(trx, { now: deps.clock.now(), except: failing });
      if (locked === undefined) return "none left";
      await fanOutStep(deps, trx, locked);
      return "done";
    });
  } catch (err) {
    if (locked === undefined) throw err;
    deps.log.error({ err, notificationId: locked.public_id }, "the devices of a notification could not be found");
    return { failedId: locked.id };
  }
}

/** Takes one step of a notification that is locked. Returns how many deliveries it added, and whether its audience is at its end. */
export async function fanOutStep(
  deps: Pick<FanOutDeps, "clock" | "keyRing">,
  trx: DatabaseTransaction,
  notification: NotificationRow,
): Promise<AddedDeliveries> {
  const now = deps.clock.now();
  if (notification.expires_at <= now) {
    await endFanOut(trx, notification.id, now);
    return { added: 0, isEnd: true };
  }
  const { audience, except } = openContent(deps, notification);
  const day = notification.ledger_day ?? now.toISOString().slice(0, 10);
  return await insertNextDeliveries(trx, { notification, audience, except, day, limit: stepSize, now });
}
