import type { DatabaseConfig } from "../config.ts";

/** Describes the database for people, without its password. */
export function describeDatabase(config: DatabaseConfig): string {
  if (config.kind === "embedded") return `embedded (PGlite), in ${config.directory ?? "memory"}`;
  const { hostname, port, pathname } = new URL(config.url);
  return `PostgreSQL, ${hostname}:${port || "5432"}${pathname}`;
}
