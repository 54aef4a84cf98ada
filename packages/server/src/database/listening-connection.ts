import { Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";
import type { DatabaseConfig } from "../config.ts";
import type { Database } from "./connection.ts";
import type { Tables } from "./tables.gen.ts";

/** The time limit for connecting and for each statement. A connection that hangs would miss notifications. */
const timeoutMillis = 5000;

interface Listener {
  readonly channel: string;
  onNotification(payload: string): void;
  /** Called when the connection breaks. Notifications are missed from then on, until a statement succeeds. */
  onLost(): void;
}

/**
 * Opens a database with a single connection, which listens to a channel (PostgreSQL, NOTIFY). After a loss, the next
 * statement opens a new connection, which listens before the statement runs. No change is missed between the rows that the
 * statement reads and the first notification.
 */
export function openListeningConnection(
  config: Extract<DatabaseConfig, { kind: "postgres" }>,
  listener: Listener,
): Database {
  const pool = new Pool({
    connectionString: config.url,
    max: 1,
    // The pool never closes the idle connection, because a closed connection receives no notifications.
    idleTimeoutMillis: 0,
    keepAlive: true,
    connectionTimeoutMillis: timeoutMillis,
    query_timeout: timeoutMillis,
    application_name: "gatehouse listener",
  });
  pool.on("error", () => listener.onLost());
  pool.on("connect", (client) => {
    client.on("error", () => listener.onLost());
    client.on("end", () => listener.onLost());
    client.on("notification", ({ payload = "" }) => listener.onNotification(payload));
    client.query(`listen ${listener.channel}`).catch(() => listener.onLost());
  });
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}
