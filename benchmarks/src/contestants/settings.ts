import { randomBytes } from "node:crypto";
import { type Config, loadConfig } from "@gatehouse/server";
import type { BenchmarkDatabase } from "../database/benchmark-database.ts";
import type { GatehouseEnvironment } from "../servers/gatehouse.ts";

/** The settings that all servers share. */
export interface ServerSettings {
  readonly environment: GatehouseEnvironment;
  readonly databaseUrl: string;
  /** An empty database on the same PostgreSQL, for a peer that makes its own tables. */
  readonly peerDatabaseUrl: string;
  /** Connections to PostgreSQL of each server. */
  readonly poolSize: number;
  readonly hashing: HashingCost;
}

/** The cost of an Argon2id hash as `@node-rs/argon2` takes it, and how many are computed at once. */
export interface HashingCost {
  /** In KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
  readonly concurrency: number;
}

/** Gatehouse's default. */
const poolSize = 10;

/** Settings for a run on this database. */
export function createServerSettings({ url, peerUrl }: BenchmarkDatabase): ServerSettings {
  const environment = productionEnvironment(url);
  const hashing = hashingCostOf(loadConfig(environment));
  return { environment, databaseUrl: url, peerDatabaseUrl: peerUrl, poolSize, hashing };
}

/** The same settings with tokens that outlive a run. */
export function withLongTokens(settings: ServerSettings): ServerSettings {
  return { ...settings, environment: { ...settings.environment, ACCESS_TOKEN_TTL_SECONDS: "3600" } };
}

/** Gatehouse's own cost, which its peers take too. */
function hashingCostOf({ passwordHashing }: Config): HashingCost {
  const { memoryKib, passes, concurrency } = passwordHashing;
  return { memoryCost: memoryKib, timeCost: passes, parallelism: 1, concurrency };
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

/** The settings of an operator, on a free port of this machine; everything else is the default. */
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
