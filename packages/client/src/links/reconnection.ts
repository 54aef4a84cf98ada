import { isGatehouseError } from "../gatehouse-error.ts";

/** The first wait before a new connection, at most, in milliseconds; each failure doubles it. */
const firstDelayMillis = 2000;

/** The longest wait, in milliseconds. */
const maxDelayMillis = 60_000;

/**
 * Returns the milliseconds to wait before the next connection: a random time below a bound that doubles with each
 * failure, so that clients of a lost server do not all return at once. Never shorter than the server asks.
 */
export function reconnectDelayMillis(failures: number, error: unknown): number {
  const bound = Math.min(maxDelayMillis, firstDelayMillis * 2 ** failures);
  const asked = isGatehouseError(error) ? (error.data.retryAfterSeconds ?? 0) * 1000 : 0;
  return asked + Math.random() * bound;
}

/**
 * Tells whether another connection would fail too: the server has refused the session or the input. A temporary
 * refusal, such as an old ticket or too many connections, may succeed later.
 */
export function isFinal(error: unknown): boolean {
  if (!isGatehouseError(error) || isGatehouseError(error, "SUBSCRIPTION_TICKET_INVALID")) return false;
  const { httpStatus } = error.data;
  return httpStatus < 500 && httpStatus !== 429;
}
