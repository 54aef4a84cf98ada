import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { PGlite, type PGliteOptions, types as pgliteTypes } from "@electric-sql/pglite";
import {
  Kysely,
  PGliteDialect,
  type PGliteDialectConfig,
  PostgresDialect,
  type PostgresPool,
  sql,
  type Transaction,
} from "kysely";
import { Pool, types as pgTypes } from "pg";
import type { DatabaseConfig } from "../config.ts";
import { lockDirectory } from "./directory-lock.ts";
import { ReadLane } from "./read-lane.ts";
import { openStatementPool } from "./statement-pool.ts";
import type { Tables } from "./tables.gen.ts";

/** The database, or a transaction on it: what a store takes. */
export type Database = Kysely<Tables>;

/** A transaction: what a store takes where it must not run outside one. */
export type DatabaseTransaction = Transaction<Tables>;

/**
 * The embedded database. Whatever runs on PGlite past Kysely, such as the job queue, takes turns with its statements and
 * its transactions.
 */
export class EmbeddedDatabase extends Kysely<Tables> {
  readonly pglite: PGlite;

  constructor(pglite: PGlite, close: () => Promise<void>) {
    super({ dialect: new PGliteDialect({ pglite: withClose(pglite, close) }) });
    this.pglite = pglite;
  }
}

/** A PostgreSQL behind a pool of connections, with a lane beside it for short reads outside transactions. */
export class PooledDatabase extends Kysely<Tables> {
  readonly readLane: ReadLane;

  constructor(pool: PostgresPool, readLane: ReadLane) {
    super({ dialect: new PostgresDialect({ pool }) });
    this.readLane = readLane;
  }

  override async destroy(): Promise<void> {
    await Promise.all([super.destroy(), this.readLane.end()]);
  }
}

const asIs = (text: string) => text;

/**
 * How long a statement may wait for a connection, in milliseconds, before the request fails rather than hang.
 */
const connectionTimeoutMillis = 5000;

/** Reports a connection that broke while nobody was using it; the pool replaces it by itself. */
type OnIdleError = (error: Error) => void;

/** Opens the database that the configuration names; `destroy()` closes it. */
export async function openDatabase(config: DatabaseConfig, onIdleError: OnIdleError): Promise<Database> {
  return config.kind === "embedded" ? openEmbedded(config.directory) : openPostgres(config, onIdleError);
}

/**
 * Runs the work in one transaction: all of it is kept, or nothing. Inside, use only the given transaction: the
 * embedded database has one connection, so the root database would wait for the transaction for ever.
 */
export function inTransaction<T>(db: Database, work: (trx: DatabaseTransaction) => Promise<T>): Promise<T> {
  return db.transaction().execute(work);
}

/** Both drivers answer alike: 64-bit integers and dates as text, moments as `Date`. */
function openPostgres(config: Extract<DatabaseConfig, { kind: "postgres" }>, onIdleError: OnIdleError): Database {
  const textual: readonly number[] = [pgTypes.builtins.INT8, pgTypes.builtins.DATE];
  const client = {
    connectionString: config.url,
    connectionTimeoutMillis,
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        textual.includes(oid) ? asIs : pgTypes.getTypeParser(oid, format),
    },
  };
  const pool = new Pool({ ...client, max: config.poolSize, application_name: "gatehouse" });
  pool.on("error", onIdleError);
  // A connection that breaks in use fails its statement; unheard, its event would end the process besides.
  pool.on("connect", (connection) => connection.on("error", () => undefined));
  const readLane = new ReadLane({ client, connections: config.pipelineConnections, onError: onIdleError });
  return new PooledDatabase(openStatementPool(pool, config.preparedStatements ? {} : { maxNames: 0 }), readLane);
}

/** The database behind a pool of connections, which `destroy()` ends. */
export function overPool(pool: PostgresPool): Database {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

async function openEmbedded(directory: string | undefined): Promise<Database> {
  if (directory === undefined) return await startPglite({}, () => undefined);
  mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
  const lock = lockDirectory(directory);
  try {
    return await startPglite({ dataDir: directory }, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startPglite(options: PGliteOptions, onClosed: () => void): Promise<Database> {
  const pglite = await PGlite.create({
    ...options,
    parsers: { [pgliteTypes.INT8]: asIs, [pgliteTypes.DATE]: asIs },
  });
  const close = () => pglite.close().finally(onClosed);
  const db = new EmbeddedDatabase(pglite, close);
  // Kysely closes only what it has used.
  await sql`select 1`.execute(db);
  return db;
}

/** The part of PGlite that Kysely uses, with another way to close it. */
function withClose(pglite: PGlite, close: () => Promise<void>): PGliteDialectConfig["pglite"] {
  return {
    query: pglite.query.bind(pglite),
    transaction: pglite.transaction.bind(pglite),
    waitReady: pglite.waitReady,
    get ready() {
      return pglite.ready;
    },
    get closed() {
      return pglite.closed;
    },
    close,
  };
}
