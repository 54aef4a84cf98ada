import { type ConstructorOptions, fromPglite, PgBoss } from "pg-boss";
import type { DatabaseConfig } from "../config.ts";
import { type Database, EmbeddedDatabase } from "../database/connection.ts";
import type { Logger } from "../logging/logger.ts";
import { createErrorLog } from "./error-log.ts";

interface BossOptions {
  readonly database: DatabaseConfig;
  readonly db: Database;
  readonly log: Logger;
  readonly role: BossRole;
}

/**
 * What it is there for. A worker looks after the queues as well: schedules, jobs of dead workers, old rows. An operator
 * looks into them from outside and leaves the tables as they are.
 */
type BossRole = "worker" | "producer" | "operator";

/**
 * How often somebody looks for jobs whose worker died, in seconds. Such a job has been silent for `heartbeatSeconds` by
 * then; together they are what a crash costs.
 */
const superviseIntervalSeconds = 5;

/** How often old rows are removed, in seconds. */
const maintenanceIntervalSeconds = 600;

/** Connections to PostgreSQL at most, beside the one that listens; jobs take none from the requests' pool. */
const workerPoolSize = 4;

/**
 * Starts pg-boss on the schema `pgboss`, which the migrations made, and which it brings up to its own version, unless for
 * an operator.
 */
export async function startBoss({ database, db, log, role }: BossOptions): Promise<PgBoss> {
  const isWorker = role === "worker";
  const boss = new PgBoss({
    ...connectionTo(database, db, isWorker),
    createSchema: false,
    migrate: role !== "operator",
    supervise: isWorker,
    schedule: isWorker,
    useListenNotify: isWorker,
    superviseIntervalSeconds,
    monitorIntervalSeconds: superviseIntervalSeconds,
    maintenanceIntervalSeconds,
    // It would be asked for at each look after the queues; a database's health has better places.
    monitorVacuum: false,
    registerInstance: false,
  });
  boss.on("error", createErrorLog({ log, monotonicMillis: () => performance.now() }));
  boss.on("warning", ({ message, data }) => log.warn({ data }, `jobs: ${message}`));
  try {
    return await boss.start();
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
}

function connectionTo(database: DatabaseConfig, db: Database, isWorker: boolean): ConstructorOptions {
  if (database.kind === "postgres") {
    return {
      connectionString: database.url,
      max: isWorker ? workerPoolSize : 1,
      application_name: "gatehouse jobs",
    };
  }
  // It belongs to this process alone and has one connection, which the queue shares.
  if (!(db instanceof EmbeddedDatabase)) throw new Error("The embedded database was not opened by openDatabase");
  return { db: fromPglite(db.pglite), backend: "pglite" };
}
