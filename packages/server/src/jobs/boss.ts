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
 * The purpose of the instance. A worker also maintains the queues: schedules, jobs of dead workers, old rows. An operator works
 * on existing queues and does not migrate their tables.
 */
type BossRole = "worker" | "producer" | "operator";

/**
 * Seconds between a worker's checks for jobs whose worker died. Such a job has had no heartbeat for `heartbeatSeconds` by then;
 * a crash delays a job by the sum of the two.
 */
const superviseIntervalSeconds = 5;

/** Seconds between removals of old rows. */
const maintenanceIntervalSeconds = 600;

/** The most connections of a worker to PostgreSQL, besides the one that listens; jobs use none of the requests' pool. */
const workerPoolSize = 4;

/**
 * Starts pg-boss on the schema `pgboss`, which the migrations created. Migrates the schema to pg-boss's own version, except for
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
    // This check would run with every maintenance of the queues; other tools monitor a database better.
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
  // The embedded database belongs to this process alone and has one connection, which the queue shares.
  if (!(db instanceof EmbeddedDatabase)) throw new Error("The embedded database was not opened by openDatabase");
  return { db: fromPglite(db.pglite), backend: "pglite" };
}
