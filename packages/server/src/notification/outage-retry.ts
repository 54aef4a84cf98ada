import { setTimeout as delay } from "node:timers/promises";
import { DatabaseUnavailableError } from "../database/availability.ts";

/** The pause before work that the database cut off is tried again, in milliseconds. */
const pauseMillis = 250;

/**
 * Does work on the database, and again after each outage until the signal is aborted. The work must be such that it may be done twice:
 * a commit whose answer was lost may have been made.
 */
export async function retryOutages(work: () => Promise<void>, aborted: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError) || aborted.aborted) throw error;
    }
    // An abort ends the pause, and the work is tried for the last time.
    await delay(pauseMillis, undefined, { signal: aborted }).catch(() => undefined);
  }
}
