// Opens the database that the settings name, for the commands that work on it in this process.
import { assertUsable, type Database, loadConfig, openDatabase } from "../../packages/server/src/database/tooling.ts";

/** Use it with `await using`: it closes itself. */
export interface OpenDatabase extends AsyncDisposable {
  readonly db: Database;
}

/** Throws a `StartupError` where the database is in use, out of reach or not configured. */
export async function openConfigured(): Promise<OpenDatabase> {
  const onIdleError = (error: Error) => console.error(`A connection broke: ${error.message}`);
  const db = await openDatabase(loadConfig().database, onIdleError);
  try {
    await assertUsable(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { db, [Symbol.asyncDispose]: () => db.destroy() };
}
