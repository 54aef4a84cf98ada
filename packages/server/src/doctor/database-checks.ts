import { existsSync } from "node:fs";
import type { Config, DatabaseConfig } from "../config.ts";
import { type Database, openDatabase } from "../database/connection.ts";
import { describeDatabase } from "../database/describe.ts";
import { assertUsable } from "../database/health.ts";
import { compareMigrations } from "../database/migrate.ts";
import { StartupError } from "../startup-error.ts";
import { type Finding, failed, named, ok, warning } from "./finding.ts";
import { findDatabaseFacts, findDatabaseTime } from "./store.ts";

/** The database as the doctor found it; `db` is there if it is open and usable, and the caller closes it. */
interface OpenedDatabase {
  readonly finding: Finding;
  readonly db?: Database;
}

const check = "database";

/** Opens the configured database if that changes nothing: an embedded one must exist already, and nobody else have it open. */
export async function openForChecks(config: DatabaseConfig): Promise<OpenedDatabase> {
  if (config.kind === "embedded" && !existsSync(config.directory ?? "")) {
    const message = `There is no database in ${config.directory ?? "memory"} yet; the first start of the server makes it.`;
    return { finding: { check, ...ok(message) } };
  }
  let db: Database | undefined;
  try {
    // A connection that breaks fails the statement that uses it.
    db = await openDatabase(config, () => undefined);
    await assertUsable(db);
    const { version } = await findDatabaseFacts(db);
    return { finding: { check, ...ok(`${describeDatabase(config)}, version ${version}.`) }, db };
  } catch (error) {
    await db?.destroy();
    return { finding: await named(check, () => explain(error)) };
  }
}

/** A database that a running server has open is none that fails: it is healthy, but only that process can look into it. */
function explain(error: unknown) {
  if (!(error instanceof StartupError)) throw error;
  if (error.name !== "DatabaseInUseError") {
    return failed(error.message, "Until then its migrations, the clock, the keys and the jobs are not checked.");
  }
  const [message = error.message] = error.message.split(" Stop that one first");
  return warning(message, "Stop that process to have the database, the keys and the jobs checked too.");
}

/** Whether this version's migrations have run, and no others. */
export async function checkMigrations(db: Database): Promise<Finding> {
  return await named("migrations", async () => {
    const { pending, unknown, executed } = await compareMigrations(db);
    if (unknown.length > 0) {
      const message = `The database has migrations that this version does not know: ${unknown.join(", ")}.`;
      return failed(message, "Run the version that made them, or a later one.");
    }
    if (pending.length === 0) return ok(`All ${executed} have run.`);
    const message = `${pending.length} of ${pending.length + executed} have not run yet, from ${pending[0]}.`;
    return warning(message, "The next start of the server runs them; `pnpm db:migrate` runs them now.");
  });
}

/** The connections of a listener for changed sessions, and of the job queue: one to enqueue, five to work. */
const listenerConnections = 1;
const enqueuingConnections = 1;
const workingConnections = 5;

/** Whether PostgreSQL has enough connections for the processes of this configuration. */
export async function checkConnections(db: Database, config: Pick<Config, "database" | "jobs">): Promise<Finding> {
  return await named("connections", async () => {
    if (config.database.kind === "embedded") return ok("The embedded database needs none.");
    const { maxConnections, reservedConnections } = await findDatabaseFacts(db);
    const { poolSize, pipelineConnections } = config.database;
    const jobs = config.jobs.isOn ? workingConnections : enqueuingConnections;
    const perProcess = poolSize + pipelineConnections + listenerConnections + jobs;
    const usable = maxConnections - reservedConnections;
    const fitting = Math.floor(usable / perProcess);
    const message = `A server opens up to ${perProcess}; the ${usable} that PostgreSQL has are enough for ${fitting}.`;
    const remedy = "Lower DATABASE_POOL_SIZE, or raise max_connections of PostgreSQL.";
    if (fitting === 0) return failed(message, remedy);
    if (fitting > 1) return ok(message);
    return warning(message, `${remedy} An update without a pause runs two servers for a while.`);
  });
}

/** Seconds by which clocks may differ: above the first the times of sessions are wrong, above the second tokens are refused. */
const noticeableSeconds = 2;
const maxSeconds = 60;

/** Whether this machine's clock agrees with the database's. */
export async function checkClock(db: Database, kind: DatabaseConfig["kind"]): Promise<Finding> {
  return await named("clock", async () => {
    if (kind === "embedded") return ok("The embedded database uses the clock of this machine.");
    const before = Date.now();
    const databaseTime = await findDatabaseTime(db);
    return judgeClock(databaseTime.getTime() - (before + Date.now()) / 2);
  });
}

/** Judges by how many milliseconds the database's clock is ahead. */
export function judgeClock(aheadMillis: number) {
  const seconds = Math.abs(aheadMillis) / 1000;
  const message = `It is ${seconds.toFixed(1)} s ${aheadMillis > 0 ? "behind" : "ahead of"} the database's.`;
  const remedy = "Synchronize the clocks of both machines by NTP.";
  if (seconds >= maxSeconds) return failed(message, `${remedy} Servers refuse tokens from so far in the future.`);
  if (seconds >= noticeableSeconds) return warning(message, remedy);
  return ok(`It agrees with the database's within ${Math.max(0.1, seconds).toFixed(1)} s.`);
}
