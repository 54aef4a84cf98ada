import { randomBytes } from "node:crypto";
import { loadConfig } from "@gatehouse/server";
import type { BenchmarkDatabase } from "../database/benchmark-database.ts";
import type { GatehouseEnvironment } from "./gatehouse.ts";
import { type HashingCost, hashingCostOf } from "./hashing-cost.ts";

/** What the servers are started with, all of them alike. */
export interface ServerSettings {
  readonly environment: GatehouseEnvironment;
  readonly databaseUrl: string;
  /** An empty database on the same PostgreSQL, for a peer that makes its own tables. */
  readonly peerDatabaseUrl: string;
  /** Connections to PostgreSQL of each server. */
  readonly poolSize: number;
  readonly hashing: HashingCost;
}

/** Gatehouse's default. */
const poolSize = 10;

/** Settings for a run on this database. */
export function createServerSettings({ url, peerUrl }: BenchmarkDatabase): ServerSettings {
  const environment = productionEnvironment(url);
  const hashing = hashingCostOf(loadConfig(environment));
  return { environment, databaseUrl: url, peerDatabaseUrl: peerUrl, poolSize, hashing };
}

/** All load comes from one address. Limits are there and counted, and none is ever reached. */
const looseLimits: GatehouseEnvironment = Object.fromEntries(
  [
    "LIMIT_CALLS_PER_IP_PER_MINUTE",
    "LIMIT_LOGINS_PER_IP_PER_MINUTE",
    "LIMIT_REGISTRATIONS_PER_IP_PER_HOUR",
    "LIMIT_REFRESHES_PER_IP_PER_MINUTE",
    "LIMIT_LOGIN_FAILURES_PER_ACCOUNT",
    "LIMIT_LOGIN_FAILURES_PER_IP",
    "LIMIT_MAILS_PER_IP_PER_HOUR",
  ].map((name) => [name, "1000000000"]),
);

/** What an operator would set, on a free port of this machine; everything else is the default. */
function productionEnvironment(databaseUrl: string): GatehouseEnvironment {
  return {
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PORT: "0",
    PUBLIC_URL: "http://127.0.0.1",
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: String(poolSize),
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
    ...looseLimits,
  };
}
