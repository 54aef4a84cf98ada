import { join } from "node:path";
import type { z } from "zod";
import { describeVariables, variables } from "./config-variables.ts";
import type { EncryptionKey } from "./crypto/key-ring.ts";
import { developmentKeys } from "./development-secrets.ts";
import { StartupError } from "./startup-error.ts";

type Variables = z.output<typeof variables>;

/** How long a kind of session lives. */
interface SessionLifetime {
  readonly idleSeconds: number;
  readonly ttlSeconds: number;
}

/** Everything that an operator decides, parsed. */
export interface Config {
  readonly environment: Variables["NODE_ENV"];
  readonly host: string;
  readonly port: number;
  /** An origin, without a slash at its end. */
  readonly publicUrl: string;
  /** Addresses, CIDR ranges and names of ranges, as `proxy-addr` takes them. */
  readonly trustedProxies: readonly string[];
  /** Origins; `*` among them stands for any. */
  readonly corsOrigins: readonly string[];
  readonly database: DatabaseConfig;
  readonly encryptionKeys: readonly [EncryptionKey, ...EncryptionKey[]];
  readonly log: { readonly level: Variables["LOG_LEVEL"]; readonly format: "json" | "pretty" };
  readonly maxBodyBytes: number;
  readonly maxBatchSize: number;
  readonly accessTokenTtlSeconds: number;
  readonly refreshGraceSeconds: number;
  readonly sessions: { readonly remembered: SessionLifetime; readonly short: SessionLifetime };
  readonly passwordHashing: {
    readonly memoryKib: number;
    readonly passes: number;
    readonly concurrency: number;
    readonly maxWaiting: number;
  };
  readonly shutdownTimeoutSeconds: number;
}

/** Which database to open. */
export type DatabaseConfig =
  /** PGlite in this process; without a directory it is kept in memory and lost when closed, for tests. */
  | { readonly kind: "embedded"; readonly directory: string | undefined }
  | {
      readonly kind: "postgres";
      readonly url: string;
      readonly poolSize: number;
      readonly preparedStatements: boolean;
    };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The configuration, from `process.env` or the given environment. Outside production and staging, missing
 * secrets are made once and kept in `DATA_DIR/secrets.env`. Throws {@link StartupError}
 * that names each wrong variable, its rule and an example.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const parsed = parse(environment);
  const isStrict = parsed.NODE_ENV === "production" || parsed.NODE_ENV === "staging";
  if (isStrict) requireForProduction(parsed, environment);
  const keys = parsed.ENCRYPTION_KEYS ?? developmentKeys(parsed.DATA_DIR);
  return toConfig(parsed, keys);
}

function parse(environment: Environment): Variables {
  // An empty variable is one that was not set: `PORT= npm start`, or a bare line of a .env file.
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const result = variables.safeParse(set);
  if (result.success) return result.data;
  const names = new Set(result.error.issues.map((issue) => String(issue.path[0])));
  throw complaint([...names].map((name) => [name, environment[name] === undefined ? "missing" : "not valid"]));
}

function requireForProduction(parsed: Variables, environment: Environment): void {
  const missing = (["PUBLIC_URL", "DATABASE_URL", "ENCRYPTION_KEYS"] as const)
    .filter((name) => parsed[name] === undefined)
    .map((name): [string, string] => [name, `required when NODE_ENV is ${parsed.NODE_ENV}`]);
  if (missing.length > 0) throw complaint(missing);
  if (new URL(parsed.PUBLIC_URL ?? "").protocol !== "https:" && !isLoopback(environment["PUBLIC_URL"])) {
    throw complaint([["PUBLIC_URL", `must be https when NODE_ENV is ${parsed.NODE_ENV}`]]);
  }
}

/** Production settings tried out on one's own machine need no certificate. */
function isLoopback(url = ""): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

function complaint(findings: readonly (readonly [name: string, finding: string])[]): StartupError {
  const lines = findings.map(([name, finding]) => {
    const notes = describeVariables().find((variable) => variable.name === name);
    return `  ${name}: ${finding}. ${notes?.description ?? ""}\n    Example: ${name}=${notes?.example ?? ""}`;
  });
  return new StartupError("ConfigError", `The configuration is not valid:\n${lines.join("\n")}`);
}

function toConfig(parsed: Variables, keys: Config["encryptionKeys"]): Config {
  const isDevelopment = parsed.NODE_ENV === "development";
  return {
    environment: parsed.NODE_ENV,
    host: parsed.HOST,
    port: parsed.PORT,
    publicUrl: parsed.PUBLIC_URL ?? `http://localhost:${parsed.PORT}`,
    trustedProxies: parsed.TRUSTED_PROXIES ?? [],
    corsOrigins: parsed.CORS_ORIGINS ?? (isDevelopment ? ["*"] : []),
    database: databaseConfig(parsed),
    encryptionKeys: keys,
    log: { level: parsed.LOG_LEVEL, format: parsed.LOG_FORMAT ?? (isDevelopment ? "pretty" : "json") },
    maxBodyBytes: parsed.MAX_BODY_BYTES,
    maxBatchSize: parsed.MAX_BATCH_SIZE,
    accessTokenTtlSeconds: parsed.ACCESS_TOKEN_TTL_SECONDS,
    refreshGraceSeconds: parsed.REFRESH_GRACE_SECONDS,
    sessions: {
      remembered: {
        idleSeconds: parsed.REMEMBERED_SESSION_IDLE_SECONDS,
        ttlSeconds: parsed.REMEMBERED_SESSION_TTL_SECONDS,
      },
      short: { idleSeconds: parsed.SESSION_IDLE_SECONDS, ttlSeconds: parsed.SESSION_TTL_SECONDS },
    },
    passwordHashing: {
      memoryKib: parsed.PASSWORD_HASH_MEMORY_KIB,
      passes: parsed.PASSWORD_HASH_PASSES,
      concurrency: parsed.PASSWORD_HASH_CONCURRENCY,
      maxWaiting: parsed.PASSWORD_HASH_MAX_WAITING,
    },
    shutdownTimeoutSeconds: parsed.SHUTDOWN_TIMEOUT_SECONDS,
  };
}

function databaseConfig(parsed: Variables): DatabaseConfig {
  if (parsed.DATABASE_URL === undefined) return { kind: "embedded", directory: join(parsed.DATA_DIR, "database") };
  return {
    kind: "postgres",
    url: parsed.DATABASE_URL,
    poolSize: parsed.DATABASE_POOL_SIZE,
    preparedStatements: parsed.DATABASE_PREPARED_STATEMENTS === "on",
  };
}
