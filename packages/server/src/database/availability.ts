/** Error codes of the operating system for a server that cannot be reached. */
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

/** SQLSTATEs (PostgreSQL, appendix A) for connection exceptions, too many connections, shutdown and start. */
const unavailableStates = /^(08...|53300|57P0[1-5])$/;

/** Messages of pg, without a code, for a connection that could not be opened or was lost. */
const lostConnection = /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout)/;

/** The database cannot be reached; the cause is the error of pg or the network. */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";
}

/** Wraps an error in a {@link DatabaseUnavailableError} if the database was not reachable; returns other errors as they are. */
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
