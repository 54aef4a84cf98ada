import { migrateToLatest } from "@gatehouse/server/database";
import type { DatabaseConfig } from "../../packages/server/src/config.ts";
import type { Database } from "../../packages/server/src/database/connection.ts";
import { type drivers, openEmpty, openPostgres } from "../database/drivers.ts";
import { createTestDatabase } from "../support/database.ts";

/** A migrated database of one test's own. */
export interface MigratedDatabase extends AsyncDisposable {
  readonly db: Database;
  readonly config: DatabaseConfig;
}

/** Opens a new database, migrated to the latest. */
export async function openMigrated(driver: (typeof drivers)[number]): Promise<MigratedDatabase> {
  if (driver === "PGlite") {
    const opened = await openEmpty(driver);
    await migrateToLatest(opened.db);
    return { ...opened, config: { kind: "embedded", directory: undefined } };
  }
  const database = await createTestDatabase();
  const db = await openPostgres(database.url);
  return {
    db,
    config: { kind: "postgres", url: database.url, poolSize: 5, preparedStatements: true, pipelineConnections: 0 },
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await database[Symbol.asyncDispose]();
    },
  };
}
