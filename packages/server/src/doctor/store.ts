import { sql } from "kysely";
import type { Database } from "../database/connection.ts";

/** What the database says of itself. */
export interface DatabaseFacts {
  /** As in `18.4`. */
  readonly version: string;
  readonly maxConnections: number;
  /** Connections of `maxConnections` that are kept for superusers and other privileged roles. */
  readonly reservedConnections: number;
}

/** Reads the version and the limit of connections. */
export async function findDatabaseFacts(db: Database): Promise<DatabaseFacts> {
  // PostgreSQL 15 has no reserved_connections.
  const { rows } = await sql<{ version: string; max: number; reserved: number }>`
    select current_setting('server_version') as version,
      current_setting('max_connections')::int as max,
      current_setting('superuser_reserved_connections')::int
        + coalesce(current_setting('reserved_connections', true), '0')::int as reserved`.execute(db);
  const { version = "unknown", max = 0, reserved = 0 } = rows[0] ?? {};
  return { version: version.split(" ", 1)[0] ?? version, maxConnections: max, reservedConnections: reserved };
}

/** Reads the database's time of day. */
export async function findDatabaseTime(db: Database): Promise<Date> {
  const { rows } = await sql<{ time: Date }>`select clock_timestamp() as time`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error("The database did not tell its time");
  return row.time;
}
