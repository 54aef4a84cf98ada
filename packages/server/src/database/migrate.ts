import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sql } from "kysely";
import { DEFAULT_MIGRATION_TABLE, type Migration, type MigrationProvider, Migrator } from "kysely/migration";
import { StartupError } from "../startup-error.ts";
import type { Database } from "./connection.ts";

/** The folder of the migrations, in the sources or in the published package. */
export const migrationsDirectory = join(import.meta.dirname, "migrations");

/**
 * Reads the names of the migrations from their folder: a migration's name is its file name without the extension. A file is
 * loaded when its migration runs, so that a start with nothing to migrate loads none.
 */
export const migrationProvider: MigrationProvider = {
  async getMigrations() {
    const files = (await readdir(migrationsDirectory)).filter((file) => /^\d{4}-.*(?<!\.d|\.test)\.[jt]s$/.test(file));
    return Object.fromEntries(files.map((file) => [file.replace(/\.[jt]s$/, ""), migrationOf(file)]));
  },
};

function migrationOf(file: string): Migration {
  const load = (): Promise<Migration> => import(pathToFileURL(join(migrationsDirectory, file)).href);
  return {
    up: async (db) => (await load()).up(db),
    down: async (db) => (await load()).down?.(db),
  };
}

/** Creates a migrator over this package's migrations, for tasks other than migrating to the latest one. */
export function createMigrator(db: Database): Migrator {
  return new Migrator({ db, provider: migrationProvider });
}

/**
 * Whether exactly the known migrations ran, in their order. Kysely finds that out too, but first reads the whole catalogue
 * twice, which takes the embedded database longer than all other statements of a start.
 */
async function isMigrated(db: Database): Promise<boolean> {
  const known = Object.keys(await migrationProvider.getMigrations()).toSorted();
  const executed = await listExecuted(db);
  return executed.length === known.length && known.every((name, index) => name === executed[index]);
}

/** The migrations of a database beside those of this version. */
interface MigrationState {
  /** The known ones that have not run, in their order. */
  readonly pending: readonly string[];
  /** Those that ran and that this version does not know. */
  readonly unknown: readonly string[];
  /** How many of the known ones ran. */
  readonly executed: number;
}

/** Compares the migrations of a database with this version's, and changes nothing. */
export async function compareMigrations(db: Database): Promise<MigrationState> {
  const known = Object.keys(await migrationProvider.getMigrations()).toSorted();
  const executed = await listExecuted(db);
  const pending = known.filter((name) => !executed.includes(name));
  const unknown = executed.filter((name) => !known.includes(name));
  return { pending, unknown, executed: known.length - pending.length };
}

async function listExecuted(db: Database): Promise<readonly string[]> {
  // PostgreSQL would log an error if the table of an empty database were read.
  const { rows: tables } = await sql<{ name: string | null }>`
    select to_regclass(${DEFAULT_MIGRATION_TABLE})::text as name`.execute(db);
  if (tables[0]?.name == null) return [];
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.table(DEFAULT_MIGRATION_TABLE)} order by "timestamp", name`.execute(db);
  return rows.map(({ name }) => name);
}

/**
 * Migrates the schema to the latest migration and returns the names of the migrations that ran. Processes that start together
 * take turns by an advisory lock, so each migration runs once. Throws {@link StartupError}.
 */
export async function migrateToLatest(db: Database): Promise<readonly string[]> {
  if (await isMigrated(db)) return [];
  const { error, results = [] } = await createMigrator(db).migrateToLatest();
  if (error !== undefined) {
    const failed = results.find((result) => result.status === "Error")?.migrationName;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The migration ${failed ?? "set-up"} failed and was undone: ${reason}`;
    throw new StartupError("MigrationError", message, { cause: error });
  }
  return results.map((result) => result.migrationName);
}
