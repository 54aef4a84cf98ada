/** What the operating system says when there is no talking to a server. */
const networkCodes = [
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
];

/** SQLSTATEs (PostgreSQL, appendix A): connection exceptions, too many connections, shut down, starting up. */
const unavailableStates = /^(08...|53300|57P0[1-5])$/;

/** What pg says without a code, of a connection that it could not get or lost. */
const lostConnection = /^(timeout exceeded when trying to connect|Connection terminated)/;

/** Whether a statement failed because the database could not be talked to, rather than for what it says. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isDatabaseUnavailable);
  if (!(error instanceof Error)) return false;
  if (!("code" in error) || typeof error.code !== "string") return lostConnection.test(error.message);
  return networkCodes.includes(error.code) || unavailableStates.test(error.code);
}
