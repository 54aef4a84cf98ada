import { type Database, type DatabaseTransaction, inTransaction } from "./connection.ts";

/** SQLSTATE of a transaction that PostgreSQL rolled back to resolve a deadlock (PostgreSQL, appendix A). */
const deadlockDetected = "40P01";

/** Rolling back one transaction of a deadlock lets the others continue, so more than a few tries are rarely needed. */
const maxTries = 10;

/**
 * Runs the work in one transaction, like {@link inTransaction}, and retries it from the start after a deadlock. It is for
 * work that locks sessions, devices or several users. `lockSessionsAndDevices` prevents most deadlocks by a fixed lock order;
 * retrying resolves the others, such as two calls that add the same installation. The work must not keep state from a failed
 * try.
 */
export async function inRetriedTransaction<T>(
  db: Database,
  work: (trx: DatabaseTransaction) => Promise<T>,
): Promise<T> {
  return await retryAfterDeadlock(() => inTransaction(db, work));
}

/** Runs a transaction, or a single statement, and repeats it if PostgreSQL rolled it back to resolve a deadlock. */
export async function retryAfterDeadlock<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!isDeadlock(error) || tries === maxTries) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === deadlockDetected;
}
