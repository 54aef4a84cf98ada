import { type Database, openDatabase } from "@gatehouse/server/database";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { createEmbeddedDatabase } from "../support/embedded-database.ts";

/** The drivers that must behave alike; PostgreSQL only where one is reachable. */
export const drivers = postgresUnreachable ? (["PGlite"] as const) : (["PGlite", "PostgreSQL"] as const);

interface OpenTestDatabase extends AsyncDisposable {
  readonly db: Database;
}

/** A database of one test's own, without any table, opened as the server opens it. */
export async function openEmpty(driver: (typeof drivers)[number]): Promise<OpenTestDatabase> {
  if (driver === "PGlite") {
    const embedded = await createEmbeddedDatabase({ empty: true });
    const db = await openDatabase({ kind: "embedded", directory: embedded.directory }, () => undefined);
    return {
      db,
      async [Symbol.asyncDispose]() {
        await db.destroy();
        await embedded[Symbol.asyncDispose]();
      },
    };
  }
  const database = await createTestDatabase({ empty: true });
  const db = await openPostgres(database.url);
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await database[Symbol.asyncDispose]();
    },
  };
}

interface PostgresOptions {
  /** Connections at most. Default: 5. */
  readonly poolSize?: number;
  /** Default: true. */
  readonly preparedStatements?: boolean;
  /** Default: 0. */
  readonly pipelineConnections?: number;
  /** Hears of connections that broke while idle. Default: nobody does. */
  readonly onIdleError?: (error: Error) => void;
}

/** Opens a PostgreSQL database as the server does. */
export function openPostgres(url: string, options: PostgresOptions = {}): Promise<Database> {
  const { poolSize = 5, preparedStatements = true, pipelineConnections = 0 } = options;
  const config = { kind: "postgres", url, poolSize, preparedStatements, pipelineConnections } as const;
  return openDatabase(config, options.onIdleError ?? (() => undefined));
}
