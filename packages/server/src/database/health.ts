import { sql } from "kysely";
import { StartupError } from "../startup-error.ts";
import type { Database } from "./connection.ts";

/** How long the database may take to answer, in milliseconds. */
const timeoutMillis = 2000;

/** Whether the database answers a statement in time. */
export async function isReachable(db: Database): Promise<boolean> {
  try {
    await sql`select 1`.execute(db, { signal: AbortSignal.timeout(timeoutMillis) });
    return true;
  } catch {
    return false;
  }
}

/** Throws {@link StartupError} where the database does not answer, with what it or the network says. */
export async function assertReachable(db: Database): Promise<void> {
  try {
    await sql`select 1`.execute(db);
  } catch (cause) {
    const message = `The database cannot be reached (${reasonOf(cause)}). Check DATABASE_URL and that it is running.`;
    throw new StartupError("DatabaseUnreachableError", message, { cause });
  }
}

/** Connecting to a name with several addresses fails with an error that holds one for each, and no message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
