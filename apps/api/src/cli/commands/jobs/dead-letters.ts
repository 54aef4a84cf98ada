import {
  assertUsable,
  createLogger,
  type DeadLetters,
  loadConfig,
  openDatabase,
  openDeadLetters,
} from "@gatehouse/server/database";
import { MisuseError } from "../../command-error.ts";

/** Runs the work on the dead letters of the configured database. Throws `StartupError`. */
export async function withDeadLetters<T>(work: (letters: DeadLetters) => Promise<T>): Promise<T> {
  const config = loadConfig();
  const log = await createLogger({ ...config.log, level: "warn" }, process.stderr);
  await using opened = new AsyncDisposableStack();
  const database = await openDatabase(config.database, (err) => log.warn({ err }, "database connection lost"));
  const db = opened.adopt(database, () => database.destroy());
  await assertUsable(db);
  return await work(opened.use(await openDeadLetters({ database: config.database, db, log })));
}

/** Throws `MisuseError` for any other text, for which the database would return an error. */
export function parseId(id: string): string {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)) {
    throw new MisuseError(`${id} is not the id of a dead letter. "gatehouse jobs list" shows the ids.`);
  }
  return id;
}
