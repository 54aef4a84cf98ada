import { openDatabase, runSql } from "@gatehouse/server/database";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { DatabaseConfig } from "../../packages/server/src/config.ts";
import type { Database } from "../../packages/server/src/database/connection.ts";
import { type drivers, openPostgres } from "../database/drivers.ts";
import { createTestDatabase } from "../support/database.ts";
import { createEmbeddedDatabase } from "../support/embedded-database.ts";

/** A migrated database of one test's own. */
export interface MigratedDatabase extends AsyncDisposable {
  readonly db: Database;
  readonly config: DatabaseConfig;
}

/** Opens a new database, migrated to the latest. */
export async function openMigrated(driver: (typeof drivers)[number]): Promise<MigratedDatabase> {
  if (driver === "PGlite") {
    const embedded = await createEmbeddedDatabase();
    const config = { kind: "embedded", directory: embedded.directory } as const;
    const db = await openDatabase(config, () => undefined);
    return {
      db,
      config,
      async [Symbol.asyncDispose]() {
        await db.destroy();
        await embedded[Symbol.asyncDispose]();
      },
    };
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

/**
 * One migrated database for all tests of the `describe` that calls this, whose queues are emptied after each of them. Returns a
 * function; a test calls it for the database.
 */
export function shareMigrated(driver: (typeof drivers)[number]): () => MigratedDatabase {
  let opened: MigratedDatabase | undefined;
  const get = () => {
    if (opened === undefined) throw new Error("The database is there once the tests run");
    return opened;
  };
  beforeAll(async () => {
    opened = await openMigrated(driver);
  });
  afterEach(async () => void (await runSql(get().db, "delete from pgboss.job")));
  afterAll(async () => await opened?.[Symbol.asyncDispose]());
  return get;
}
