import { availableParallelism } from "node:os";
import { join } from "node:path";
import {
  complaint,
  type Environment,
  missingEnvironment,
  missingForRegistration,
  requireForProduction,
  wrongRotation,
} from "./config-checks.ts";
import { type VariableValues, variables } from "./config-variables.ts";
import { configWarnings } from "./config-warnings.ts";
import { defaultHashConcurrency } from "./crypto/hash-throttle.ts";
import type { EncryptionKey } from "./crypto/key-ring.ts";
import { type MailConfig, mailConfig, missingForDelivery, type SmsConfig, smsConfig } from "./delivery/config.ts";
import { developmentKeys } from "./development-secrets.ts";
import { type LimitSettings, limitSettings } from "./limits/config.ts";
import { missingForPictures, type PictureConfig, pictureConfig } from "./picture/config.ts";

/** The lifetimes of one kind of session. */
interface SessionLifetime {
  readonly idleSeconds: number;
  readonly ttlSeconds: number;
}

/** All settings, parsed. */
export interface Config {
  readonly environment: VariableValues["NODE_ENV"];
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
  /** The version of the key that encrypts; `undefined` for the highest. */
  readonly encryptionKeyVersion: number | undefined;
  readonly signingKeys: {
    /** How long a key signs, in days; 0 for ever. */
    readonly rotationDays: number;
    /** The time for which a key is published before it signs. */
    readonly leadSeconds: number;
  };
  readonly log: { readonly level: VariableValues["LOG_LEVEL"]; readonly format: "json" | "pretty" };
  /** The responses that get a line in the log, and the time from which one is slow. */
  readonly requestLog: { readonly kind: VariableValues["LOG_REQUESTS"]; readonly slowMillis: number };
  readonly maxBodyBytes: number;
  /** The time within which a request must arrive completely. */
  readonly requestTimeoutSeconds: number;
  /** The time within which a client must read more of a waiting response. */
  readonly unreadAnswerTimeoutSeconds: number;
  /** The most requests of one connection whose responses may wait to be read. */
  readonly maxPipelinedRequests: number;
  readonly maxBatchSize: number;
  /** Whether the API's description is served. */
  readonly isDocumented: boolean;
  readonly registrationMode: VariableValues["REGISTRATION_MODE"];
  readonly accessTokenTtlSeconds: number;
  readonly refreshGraceSeconds: number;
  readonly stepUpMaxAgeSeconds: number;
  readonly sessions: { readonly remembered: SessionLifetime; readonly short: SessionLifetime };
  readonly passwordHashing: {
    readonly memoryKib: number;
    readonly passes: number;
    readonly concurrency: number;
    readonly maxWaiting: number;
  };
  /** The least number of characters (code points in NFC) of a new password. */
  readonly passwordMinCharacters: number;
  /** The URL of the breach check, without a slash at its end; `undefined` if there is none. */
  readonly breachCheckUrl: string | undefined;
  /** The product's name in mails and text messages. */
  readonly productName: string;
  readonly mail: MailConfig;
  readonly sms: SmsConfig;
  readonly pictures: PictureConfig;
  /** Beside those that are always reserved. */
  readonly reservedUsernames: readonly string[];
  readonly limits: LimitSettings;
  /** The time for which an unused installation without a user is kept. */
  readonly anonymousDeviceRetentionDays: number;
  readonly apiKeys: {
    /** The longest lifetime of a key. */
    readonly maxTtlDays: number;
    /** The most working keys of one user. */
    readonly maxPerUser: number;
  };
  readonly jobs: {
    /** Whether a server runs jobs itself; a worker always does. */
    readonly isOn: boolean;
    /** The most jobs of each kind that a process runs at once. */
    readonly concurrency: number;
  };
  readonly shutdownTimeoutSeconds: number;
  /** Settings that are valid but may be mistakes, as sentences for the log. */
  readonly warnings: readonly string[];
}

/** The database to open. */
export type DatabaseConfig =
  /** PGlite in this process. Without a directory, for tests, it is in memory and lost when closed. */
  | { readonly kind: "embedded"; readonly directory: string | undefined }
  | {
      readonly kind: "postgres";
      readonly url: string;
      readonly poolSize: number;
      readonly preparedStatements: boolean;
      /** The number of pipelined connections for short reads, beside the pool. */
      readonly pipelineConnections: number;
    };

/**
 * Reads the configuration from `process.env` or the given environment. Outside production and staging, missing secrets are
 * generated once and kept in `DATA_DIR/secrets.env`. Throws `StartupError` for wrong variables, with the rule and an example of
 * each. A missing `NODE_ENV` is wrong if other machines could reach the server.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const parsed = parse(environment);
  const isStrict = parsed.NODE_ENV === "production" || parsed.NODE_ENV === "staging";
  if (isStrict) requireForProduction(parsed, environment);
  const wrong = [
    ...missingEnvironment(parsed, environment),
    ...missingForDelivery(parsed),
    ...missingForPictures(parsed),
    ...missingForRegistration(parsed),
    ...wrongRotation(parsed),
  ];
  if (wrong.length > 0) throw complaint(wrong);
  const keys = parsed.ENCRYPTION_KEYS ?? developmentKeys(parsed.DATA_DIR);
  const { ENCRYPTION_KEY_VERSION: version } = parsed;
  if (version !== undefined && !keys.some((key) => key.version === version)) {
    throw complaint([["ENCRYPTION_KEY_VERSION", `ENCRYPTION_KEYS has no version ${version}`]]);
  }
  return { ...toConfig(parsed, keys), warnings: configWarnings(parsed, environment) };
}

function parse(environment: Environment): VariableValues {
  // An empty variable counts as unset: `PORT= npm start`, or a line without a value in a .env file.
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const result = variables.safeParse(set);
  if (result.success) return result.data;
  const names = new Set(result.error.issues.map((issue) => String(issue.path[0])));
  throw complaint([...names].map((name) => [name, environment[name] === undefined ? "missing" : "not valid"]));
}

function toConfig(parsed: VariableValues, keys: Config["encryptionKeys"]): Omit<Config, "warnings"> {
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
    encryptionKeyVersion: parsed.ENCRYPTION_KEY_VERSION,
    signingKeys: { rotationDays: parsed.SIGNING_KEY_ROTATION_DAYS, leadSeconds: parsed.SIGNING_KEY_LEAD_SECONDS },
    log: { level: parsed.LOG_LEVEL, format: parsed.LOG_FORMAT ?? (isDevelopment ? "pretty" : "json") },
    requestLog: { kind: parsed.LOG_REQUESTS, slowMillis: parsed.LOG_SLOW_REQUEST_MILLIS },
    maxBodyBytes: parsed.MAX_BODY_BYTES,
    requestTimeoutSeconds: parsed.REQUEST_TIMEOUT_SECONDS,
    unreadAnswerTimeoutSeconds: parsed.UNREAD_ANSWER_TIMEOUT_SECONDS,
    maxPipelinedRequests: parsed.MAX_PIPELINED_REQUESTS,
    maxBatchSize: parsed.MAX_BATCH_SIZE,
    isDocumented: parsed.DOCS === "on",
    registrationMode: parsed.REGISTRATION_MODE,
    accessTokenTtlSeconds: parsed.ACCESS_TOKEN_TTL_SECONDS,
    refreshGraceSeconds: parsed.REFRESH_GRACE_SECONDS,
    stepUpMaxAgeSeconds: parsed.STEP_UP_MAX_AGE_SECONDS,
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
      concurrency: parsed.PASSWORD_HASH_CONCURRENCY ?? defaultHashConcurrency(availableParallelism()),
      maxWaiting: parsed.PASSWORD_HASH_MAX_WAITING,
    },
    passwordMinCharacters: parsed.PASSWORD_MIN_CHARACTERS,
    breachCheckUrl: parsed.BREACH_CHECK_URL?.replace(/\/+$/, ""),
    productName: parsed.PRODUCT_NAME,
    mail: mailConfig(parsed),
    sms: smsConfig(parsed),
    pictures: pictureConfig(parsed),
    reservedUsernames: parsed.RESERVED_USERNAMES,
    limits: limitSettings(parsed),
    anonymousDeviceRetentionDays: parsed.ANONYMOUS_DEVICE_RETENTION_DAYS,
    apiKeys: { maxTtlDays: parsed.API_KEY_MAX_TTL_DAYS, maxPerUser: parsed.API_KEYS_PER_USER },
    jobs: { isOn: parsed.JOBS === "on", concurrency: parsed.JOBS_CONCURRENCY },
    shutdownTimeoutSeconds: parsed.SHUTDOWN_TIMEOUT_SECONDS,
  };
}

function databaseConfig(parsed: VariableValues): DatabaseConfig {
  if (parsed.DATABASE_URL === undefined) return { kind: "embedded", directory: join(parsed.DATA_DIR, "database") };
  const preparedStatements = parsed.DATABASE_PREPARED_STATEMENTS === "on";
  return {
    kind: "postgres",
    url: parsed.DATABASE_URL,
    poolSize: parsed.DATABASE_POOL_SIZE,
    preparedStatements,
    pipelineConnections: preparedStatements ? parsed.DATABASE_PIPELINE_CONNECTIONS : 0,
  };
}
