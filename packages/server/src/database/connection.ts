import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { PGlite, PGliteOptions } from "@electric-sql/pglite";
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

/** The database, or a transaction on it. Stores take this type. */
export type Database = Kysely<Tables>;

/** A transaction. Stores take this type for statements that must not run outside a transaction. */
export type DatabaseTransaction = Transaction<Tables>;

/**
 * The embedded database. Code that uses PGlite directly, such as the job queue, takes turns with Kysely's statements and
 * transactions.
 */
export class EmbeddedDatabase extends Kysely<Tables> {
  readonly pglite: PGlite;

  constructor(pglite: PGlite, close: () => Promise<void>) {
    super({ dialect: new PGliteDialect({ pglite: withClose(pglite, close) }) });
    this.pglite = pglite;
  }
}

/** A PostgreSQL database with a connection pool, and a read lane for short reads outside transactions. */
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

/**
 * The embedded database's cache of pages. PostgreSQL's own default of 128 MB would be filled with zeros at each start, a quarter
 * of its time; the operating system caches the files too.
 */
const embeddedCache = "16MB";

const asIs = (text: string) => text;

/** The time that a statement waits for a connection before it fails. */
const connectionTimeoutMillis = 5000;

/** Called when an idle connection breaks; the pool replaces the connection by itself. */
type OnIdleError = (error: Error) => void;

/** Opens the database that the configuration names; `destroy()` closes it. */
export async function openDatabase(config: DatabaseConfig, onIdleError: OnIdleError): Promise<Database> {
  return config.kind === "embedded" ? openEmbedded(config.directory) : openPostgres(config, onIdleError);
}

/**
 * Runs the work in one transaction, which commits all of it or nothing. The work must use only the given transaction: the
 * embedded database has one connection, so a statement on `db` would wait for the transaction for ever.
 */
export function inTransaction<T>(db: Database, work: (trx: DatabaseTransaction) => Promise<T>): Promise<T> {
  return db.transaction().execute(work);
}

/** Opens a pool and a read lane. Both drivers return 64-bit integers and dates as text, and timestamps as `Date`. */
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
  // The statement in progress fails by itself. Without a listener, the error event would also end the process.
  pool.on("connect", (connection) => connection.on("error", () => undefined));
  const readLane = new ReadLane({ client, connections: config.pipelineConnections, onError: onIdleError });
  return new PooledDatabase(openStatementPool(pool, config.preparedStatements ? {} : { maxNames: 0 }), readLane);
}

/** Returns a database over a connection pool, which `destroy()` closes. */
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
  // Servers on PostgreSQL start sooner if they do not load PGlite.
  const [{ PGlite, types }, { pg_trgm }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("@electric-sql/pglite/contrib/pg_trgm"),
  ]);
  const pglite = await PGlite.create({
    ...options,
    extensions: { pg_trgm },
    startParams: [...PGlite.defaultStartParams, "-c", `shared_buffers=${embeddedCache}`],
    parsers: { [types.INT8]: asIs, [types.DATE]: asIs },
  });
  const close = () => pglite.close().finally(onClosed);
  const db = new EmbeddedDatabase(pglite, close);
  // Kysely closes PGlite only if it has run a statement.
  await sql`select 1`.execute(db);
  return db;
}

/** Returns the part of PGlite that Kysely uses, with the given `close`. */
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
