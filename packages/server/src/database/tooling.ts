// The database exports for the command line and for an app's tests; the server itself imports the files directly.
export { type Config, loadConfig } from "../config.ts";
export { type DeadLetter, type DeadLetters, openDeadLetters } from "../jobs/dead-letters.ts";
export { createLogger } from "../logging/logger.ts";
export { StartupError } from "../startup-error.ts";
export { type Database, openDatabase } from "./connection.ts";
export { describeDatabase } from "./describe.ts";
export { assertUsable, openUsable } from "./health.ts";
export { migrateToLatest, migrationsDirectory } from "./migrate.ts";
export { runSql, type SqlResult } from "./run-sql.ts";
