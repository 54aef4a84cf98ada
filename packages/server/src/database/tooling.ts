// What the command line and tests of an app need of the database; the server itself uses the files directly.
export { loadConfig } from "../config.ts";
export { type DeadLetter, type DeadLetters, openDeadLetters } from "../jobs/dead-letters.ts";
export { createLogger } from "../logging/logger.ts";
export { StartupError } from "../startup-error.ts";
export { type Database, openDatabase } from "./connection.ts";
export { describeDatabase } from "./describe.ts";
export { assertUsable, openUsable } from "./health.ts";
export { migrateToLatest, migrationsDirectory } from "./migrate.ts";
export { runSql, type SqlResult } from "./run-sql.ts";
