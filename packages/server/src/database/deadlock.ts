/** SQLSTATE of a transaction that was ended because it and another waited for each other (PostgreSQL, appendix A). */
const deadlockDetected = "40P01";

/** A transaction goes on as soon as the other one of a deadlock was ended, so a few tries are many. */
const maxTries = 10;

/** Does the work, which is a transaction of its own, again if it was ended by a deadlock. */
export async function repeatOnDeadlock<T>(transaction: () => Promise<T>): Promise<T> {
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
