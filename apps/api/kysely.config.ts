// For kysely-ctl, which the `pnpm db:…` scripts run: the database to migrate, and the folder and numbers of migrations.
import { readdirSync } from "node:fs";
import { type Database, loadConfig, migrationsDirectory, openUsable, StartupError } from "@gatehouse/server/database";
import { defineConfig } from "kysely-ctl";

// A failed statement of a migration needs no stack of the driver.
Error.stackTraceLimit = 0;

export default defineConfig({
  kysely: open,
  migrations: { migrationFolder: migrationsDirectory, getMigrationPrefix: nextNumber },
});

/** Ends the process with a sentence if the database is in use, unreachable or not configured. */
async function open(): Promise<Database> {
  try {
    return await openUsable(loadConfig().database, () => undefined);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Four digits, so that sorting by name sorts by number. */
function nextNumber(): string {
  const numbers = readdirSync(migrationsDirectory).map((file) => Number.parseInt(file, 10) || 0);
  return `${String(Math.max(0, ...numbers) + 1).padStart(4, "0")}-`;
}
