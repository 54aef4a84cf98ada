import { isGatehouseError } from "../gatehouse-error.ts";

/** The first wait before a new connection, at most, in milliseconds; each failure doubles it. */
const firstDelayMillis = 2000;

/** The longest wait, in milliseconds. */
const maxDelayMillis = 60_000;

/**
 * How long to wait before the next connection, in milliseconds: any time up to a bound that doubles with each failure, so
 * that clients which lost their server together do not come back together. Not sooner than the server asks for.
 */
export function reconnectDelayMillis(failures: number, error: unknown): number {
  const bound = Math.min(maxDelayMillis, firstDelayMillis * 2 ** failures);
  const asked = isGatehouseError(error) ? (error.data.retryAfterSeconds ?? 0) * 1000 : 0;
  return asked + Math.random() * bound;
}

/**
 * Whether another connection would fail alike: the server has refused the session, or the input. What it refuses for now,
 * such as an old ticket or one connection too many, may be let through later.
 */
export function isFinal(error: unknown): boolean {
  if (!isGatehouseError(error) || isGatehouseError(error, "SUBSCRIPTION_TICKET_INVALID")) return false;
  const { httpStatus } = error.data;
  return httpStatus < 500 && httpStatus !== 429;
}
