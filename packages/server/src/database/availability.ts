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
const lostConnection = /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout)/;

/** The database cannot be talked to; the cause says what pg or the network did. */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";
}

/** What a statement or a connection failed with: a {@link DatabaseUnavailableError} where that is why, or the error itself. */
export function asOutage(error: unknown): unknown {
  if (!isOutage(error)) return error;
  return new DatabaseUnavailableError("The database cannot be reached.", { cause: error });
}

function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isOutage);
  if (!(error instanceof Error)) return false;
  if (!("code" in error) || typeof error.code !== "string") return lostConnection.test(error.message);
  return networkCodes.includes(error.code) || unavailableStates.test(error.code);
}
