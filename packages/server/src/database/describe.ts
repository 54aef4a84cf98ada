import type { DatabaseConfig } from "../config.ts";

/** Which database it is, in words for people; without the password. */
export function describeDatabase(config: DatabaseConfig): string {
  if (config.kind === "embedded") return `embedded (PGlite), in ${config.directory ?? "memory"}`;
  const { hostname, port, pathname } = new URL(config.url);
  return `PostgreSQL, ${hostname}:${port || "5432"}${pathname}`;
}
