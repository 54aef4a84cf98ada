import { Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";
import type { DatabaseConfig } from "../config.ts";
import type { Database } from "./connection.ts";
import type { Tables } from "./tables.gen.ts";

/** How long connecting and each statement may take, in milliseconds; a connection that hangs hears nothing. */
const timeoutMillis = 5000;

interface Listener {
  readonly channel: string;
  onNotification(payload: string): void;
  /** The connection broke: whatever was notified from now on, until a statement succeeds, was not heard. */
  onLost(): void;
}

/**
 * A database of one connection that listens to a channel (PostgreSQL, NOTIFY). After a loss the next statement makes a
 * new connection, which listens before the statement runs: what that reads, and what is notified after it, leaves no gap.
 */
export function openListeningConnection(
  config: Extract<DatabaseConfig, { kind: "postgres" }>,
  listener: Listener,
): Database {
  const pool = new Pool({
    connectionString: config.url,
    max: 1,
    // Kept for good: a connection that the pool closes hears nothing.
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
