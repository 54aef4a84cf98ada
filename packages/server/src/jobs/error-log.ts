import { asOutage, DatabaseUnavailableError } from "../database/availability.ts";
import type { Logger } from "../logging/logger.ts";

/** Milliseconds without an error after which an outage counts as over; every queue queries the database each second. */
const outageEndsAfterMillis = 10_000;

interface ErrorLogOptions {
  readonly log: Pick<Logger, "error">;
  /** Milliseconds since a fixed moment. */
  readonly monotonicMillis: () => number;
}

/** Logs errors of the queue's own work, but an outage of the database only once, although every queue keeps reporting it. */
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
