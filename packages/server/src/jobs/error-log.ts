import { asOutage, DatabaseUnavailableError } from "../database/availability.ts";
import type { Logger } from "../logging/logger.ts";

/** Every queue asks the database every second, so after so many milliseconds without a failure it is back. */
const outageEndsAfterMillis = 10_000;

interface ErrorLogOptions {
  readonly log: Pick<Logger, "error">;
  /** Milliseconds since some moment that stays the same. */
  readonly monotonicMillis: () => number;
}

/** Logs what the queue's own work fails with; an outage of the database, of which each queue tells all the time, once. */
export function createErrorLog({ log, monotonicMillis }: ErrorLogOptions): (err: object) => void {
  let lastOutageAt = Number.NEGATIVE_INFINITY;
  return (err) => {
    if (!isOutage(err)) return log.error({ err }, "jobs: the queue's own work failed, it is tried again");
    const now = monotonicMillis();
    const isKnown = now - lastOutageAt < outageEndsAfterMillis;
    lastOutageAt = now;
    if (!isKnown) log.error({ err }, "jobs: the database cannot be reached, no job is worked on until it is back");
  };
}

/** The library passes errors on as objects with their properties. */
function isOutage(err: object): boolean {
  const error = err instanceof Error ? err : Object.assign(new Error(), err);
  return asOutage(error) instanceof DatabaseUnavailableError;
}
