import { asOutage, DatabaseUnavailableError } from "../database/availability.ts";
import type { Logger } from "../logging/logger.ts";

/** Milliseconds without an error after which an outage counts as over; every queue queries the database each second. */
const outageEndsAfterMillis = 10_000;

interface ErrorLogOptions {
  readonly log: Pick<Logger, "error">;
  /** Milliseconds since a fixed moment. */
  readonly monotonicMillis: () => number;
  /** What the log says of an error that is no outage. Default: that the queue's own work failed. */
  readonly failure?: string;
}

/** Logs errors of the queue's own work, or of other background work, but an outage of the database only once, although every queue keeps reporting it. */
export function createErrorLog({
  log,
  monotonicMillis,
  failure = "jobs: the queue's own work failed, it is tried again",
}: ErrorLogOptions): (err: object) => void {
  let lastOutageAt = Number.NEGATIVE_INFINITY;
  return (err) => {
    if (!isOutage(err)) return log.error({ err }, failure);
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
