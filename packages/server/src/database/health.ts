import { sql } from "kysely";
import type { DatabaseConfig } from "../config.ts";
import { StartupError } from "../startup-error.ts";
import { DatabaseUnavailableError } from "./availability.ts";
import { type Database, openDatabase } from "./connection.ts";

/** The time within which the database must respond. */
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

/** The oldest PostgreSQL that the SQL is written for. */
const minMajorVersion = 15;

/** Throws {@link StartupError} if the database cannot be reached, with the reason, or if it is older than PostgreSQL 15. */
export async function assertUsable(db: Database): Promise<void> {
  refuseOldVersion(await readVersion(db));
}

/**
 * Opens the database and checks that it is usable. `onIdleError` is called when an idle connection breaks. Throws
 * {@link StartupError}, and leaves nothing open.
 */
export async function openUsable(config: DatabaseConfig, onIdleError: (error: Error) => void): Promise<Database> {
  const db = await openDatabase(config, onIdleError);
  try {
    await assertUsable(db);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Rejects an old PostgreSQL by its `server_version_num`: ten thousand times the major version, plus the minor version. */
export function refuseOldVersion(version: number): void {
  const major = Math.floor(version / 10_000);
  if (major >= minMajorVersion) return;
  const found = `${major}.${version % 10_000}`;
  const message = `The database is PostgreSQL ${found}; Gatehouse needs ${minMajorVersion} or later.`;
  throw new StartupError("DatabaseTooOldError", message);
}

async function readVersion(db: Database): Promise<number> {
  try {
    const { rows } = await sql<{ version: number }>`
      select current_setting('server_version_num')::integer as version`.execute(db);
    return rows[0]?.version ?? 0;
  } catch (cause) {
    const message = `The database cannot be reached (${reasonOf(cause)}). Check DATABASE_URL and that it is running.`;
    throw new StartupError("DatabaseUnreachableError", message, { cause });
  }
}

/** Returns the reason of an error. Connecting to a host name with several addresses fails with one error for each address. */
function reasonOf(error: unknown): string {
  if (error instanceof DatabaseUnavailableError) return reasonOf(error.cause);
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
