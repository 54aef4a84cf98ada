import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Migration, type MigrationProvider, Migrator } from "kysely/migration";
import { StartupError } from "../startup-error.ts";
import type { Database } from "./connection.ts";

/** The folder of the migrations, in the sources or in the published package. */
export const migrationsDirectory = join(import.meta.dirname, "migrations");

/** Reads the migrations from their folder. The name of a migration is its file name without the extension. */
export const migrationProvider: MigrationProvider = {
  async getMigrations() {
    const files = (await readdir(migrationsDirectory)).filter((file) => /^\d{4}-.*(?<!\.d|\.test)\.[jt]s$/.test(file));
    const migrations = await Promise.all(
      files.map(async (file): Promise<[string, Migration]> => {
        const module: Migration = await import(pathToFileURL(join(migrationsDirectory, file)).href);
        return [file.replace(/\.[jt]s$/, ""), module];
      }),
    );
    return Object.fromEntries(migrations);
  },
};

/** Creates a migrator over this package's migrations, for tasks other than migrating to the latest one. */
export function createMigrator(db: Database): Migrator {
  return new Migrator({ db, provider: migrationProvider });
}

/**
 * Migrates the schema to the latest migration and returns the names of the migrations that ran. Processes that start together
 * take turns by an advisory lock, so each migration runs once. Throws {@link StartupError}.
 */
export async function migrateToLatest(db: Database): Promise<readonly string[]> {
  const { error, results = [] } = await createMigrator(db).migrateToLatest();
  if (error !== undefined) {
    const failed = results.find((result) => result.status === "Error")?.migrationName;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The migration ${failed ?? "set-up"} failed and was undone: ${reason}`;
    throw new StartupError("MigrationError", message, { cause: error });
  }
  return results.map((result) => result.migrationName);
}
