import { type Database, type DatabaseTransaction, inTransaction } from "./connection.ts";

/** SQLSTATE of a transaction that was ended because it and another waited for each other (PostgreSQL, appendix A). */
const deadlockDetected = "40P01";

/** A transaction goes on as soon as the other one of a deadlock was ended, so a few tries are many. */
const maxTries = 10;

/**
 * Runs the work in one transaction, as {@link inTransaction}, and again from its beginning if a deadlock ended it. For work
 * that locks sessions, devices or several users: `lockSessionsAndDevices` keeps one order, and what no order settles is
 * left to this, such as two calls that add one installation. The work must keep no state of a try that failed.
 */
export async function inRetriedTransaction<T>(
  db: Database,
  work: (trx: DatabaseTransaction) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await inTransaction(db, work);
    } catch (error) {
      if (!isDeadlock(error) || tries === maxTries) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === deadlockDetected;
}
