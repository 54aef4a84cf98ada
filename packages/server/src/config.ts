import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { describeVariables, variables } from "./config-variables.ts";
import { configWarnings } from "./config-warnings.ts";
import { defaultHashConcurrency } from "./crypto/default-concurrency.ts";
import type { EncryptionKey } from "./crypto/key-ring.ts";
import {
  hasOutbox,
  type MailConfig,
  mailConfig,
  missingForDelivery,
  type SmsConfig,
  smsConfig,
} from "./delivery/config.ts";
import { developmentKeys } from "./development-secrets.ts";
import { databaseHost, isLoopbackHost } from "./loopback-host.ts";
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
  /** The version of the key that encrypts; `undefined` for the highest. */
  readonly encryptionKeyVersion: number | undefined;
  readonly signingKeys: {
    /** How long a key signs, in days; 0 for ever. */
    readonly rotationDays: number;
    /** How long a key is published before it signs. */
    readonly leadSeconds: number;
  };
  readonly log: { readonly level: Variables["LOG_LEVEL"]; readonly format: "json" | "pretty" };
  readonly maxBodyBytes: number;
  /** Within which a request must have arrived in full. */
  readonly requestTimeoutSeconds: number;
  /** Within which a client must have taken some more of an answer that waits for it. */
  readonly unreadAnswerTimeoutSeconds: number;
  /** Requests of one connection whose answers may wait to be read. */
  readonly maxPipelinedRequests: number;
  readonly maxBatchSize: number;
  /** Whether the API's description is served. */
  readonly isDocumented: boolean;
  readonly registrationMode: Variables["REGISTRATION_MODE"];
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
  /** Characters (code points in NFC) of a new password at least. */
  readonly passwordMinCharacters: number;
  /** Without a slash at its end; `undefined` where passwords are not looked up. */
  readonly breachCheckUrl: string | undefined;
  /** What mails and text messages call the product. */
  readonly productName: string;
  readonly mail: MailConfig;
  readonly sms: SmsConfig;
  readonly limits: LimitSettings;
  /** How long an installation that is nobody's is kept without being used. */
  readonly anonymousDeviceRetentionDays: number;
  readonly apiKeys: {
    /** How long one may work, from its creation. */
    readonly maxTtlDays: number;
    /** How many of a user's may work at a time. */
    readonly maxPerUser: number;
  };
  readonly jobs: {
    /** Whether a server works on jobs itself; a worker does in any case. */
    readonly isOn: boolean;
    /** Jobs of each kind that a process runs at once. */
    readonly concurrency: number;
  };
  readonly shutdownTimeoutSeconds: number;
  /** What starts all the same and may not be meant, as sentences for the log. */
  readonly warnings: readonly string[];
}

/** How much of what there is before the server says 429, and where it counts; 0 stands for no limit. */
interface LimitSettings {
  readonly store:
    | { readonly kind: "memory" }
    | { readonly kind: "postgres" }
    | { readonly kind: "redis"; readonly url: string };
  /** Costly calls of a /24 of IPv4 are limited to the budgets of this many addresses. */
  readonly addressesPerIpv4Network: number;
  /** Costly calls of a /48 of IPv6 are limited to the budgets of this many of its /64s. */
  readonly networksPerIpv6Network: number;
  readonly callsPerIpPerMinute: number;
  readonly loginsPerIpPerMinute: number;
  readonly registrationsPerIpPerHour: number;
  readonly refreshesPerIpPerMinute: number;
  readonly recoveriesPerIpPerHour: number;
  readonly redemptionsPerIpPerMinute: number;
  readonly deviceRegistrationsPerIpPerHour: number;
  readonly subscriptions: number;
  readonly subscriptionsPerUser: number;
  readonly subscriptionsPerIp: number;
  readonly subscriptionTicketsPerUserPerMinute: number;
  readonly loginFailuresPerAccount: number;
  readonly loginFailuresPerIp: number;
  readonly loginMaxDelaySeconds: number;
  readonly passwordProofsPerUserPerHour: number;
  readonly apiKeysPerUserPerHour: number;
  /** Mails of one kind to a mailbox in a day that strangers get sent as they ask; further ones are spaced. */
  readonly mailsPerAddressPerDay: number;
  readonly mailSpacingSeconds: number;
  readonly mailMaxSpacingSeconds: number;
  readonly mailsPerUserPerDay: number;
  readonly mailsPerIpPerHour: number;
  readonly securityMailsPerUserPerDay: number;
  readonly smsPerNumberPerDay: number;
  readonly smsPerUserAndNumberPerDay: number;
  readonly smsPerPrefixPerDay: number;
  readonly smsPerUserPerDay: number;
  readonly smsPerIpPerDay: number;
  readonly smsPerDay: number;
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
      /** Beside the pool, for short reads. */
      readonly pipelineConnections: number;
    };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The configuration, from `process.env` or the given environment. Where `NODE_ENV` is missing, it must be for a developer's own
 * machine. Outside production and staging, missing secrets are made once and kept in `DATA_DIR/secrets.env`. Throws {@link StartupError}
 * that names each wrong variable, its rule and an example.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const parsed = parse(environment);
  const isStrict = parsed.NODE_ENV === "production" || parsed.NODE_ENV === "staging";
  if (isStrict) requireForProduction(parsed, environment);
  const wrong = [
    ...missingEnvironment(parsed, environment),
    ...missingForDelivery(parsed),
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

/** Development keeps mail in the outbox and lets every origin call: a server that others use must not become it by silence. */
function missingEnvironment(
  { PUBLIC_URL, DATABASE_URL, HOST }: Variables,
  { NODE_ENV = "" }: Environment,
): readonly (readonly [name: string, why: string])[] {
  if (NODE_ENV !== "") return [];
  const isPublic = PUBLIC_URL !== undefined && !isLoopbackHost(new URL(PUBLIC_URL).hostname);
  const isServer = !isLoopbackHost(HOST) && !isLoopbackHost(databaseHost(DATABASE_URL));
  const missing =
    "missing; set NODE_ENV=production on a server, or NODE_ENV=development where nobody's real account is";
  if (isPublic) return [["NODE_ENV", `${missing}. PUBLIC_URL is not this machine`]];
  return isServer ? [["NODE_ENV", `${missing}. DATABASE_URL is on another machine, and HOST listens to others`]] : [];
}

/** Without mail nobody whose address must be proven first could ever sign in. */
function missingForRegistration(parsed: Variables): readonly (readonly [name: string, why: string])[] {
  const isMailNeeded = parsed.REGISTRATION_MODE === "verified" && parsed.SMTP_URL === undefined && !hasOutbox(parsed);
  return isMailNeeded ? [["SMTP_URL", "required with REGISTRATION_MODE=verified"]] : [];
}

/** Keys come one at a time: with a longer lead they would sign for as long as that, whatever the schedule says. */
function wrongRotation(parsed: Variables): readonly (readonly [name: string, why: string])[] {
  const { SIGNING_KEY_ROTATION_DAYS: days, SIGNING_KEY_LEAD_SECONDS: leadSeconds } = parsed;
  const isTooLong = days > 0 && leadSeconds > days * 24 * 60 * 60;
  return isTooLong ? [["SIGNING_KEY_LEAD_SECONDS", `longer than the ${days} days of SIGNING_KEY_ROTATION_DAYS`]] : [];
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

function toConfig(parsed: Variables, keys: Config["encryptionKeys"]): Omit<Config, "warnings"> {
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
    limits: limitSettings(parsed),
    anonymousDeviceRetentionDays: parsed.ANONYMOUS_DEVICE_RETENTION_DAYS,
    apiKeys: { maxTtlDays: parsed.API_KEY_MAX_TTL_DAYS, maxPerUser: parsed.API_KEYS_PER_USER },
    jobs: { isOn: parsed.JOBS === "on", concurrency: parsed.JOBS_CONCURRENCY },
    shutdownTimeoutSeconds: parsed.SHUTDOWN_TIMEOUT_SECONDS,
  };
}

function limitSettings(parsed: Variables): LimitSettings {
  return {
    store: limitStore(parsed),
    addressesPerIpv4Network: parsed.LIMIT_ADDRESSES_PER_IPV4_24,
    networksPerIpv6Network: parsed.LIMIT_NETWORKS_PER_IPV6_48,
    callsPerIpPerMinute: parsed.LIMIT_CALLS_PER_IP_PER_MINUTE,
    loginsPerIpPerMinute: parsed.LIMIT_LOGINS_PER_IP_PER_MINUTE,
    registrationsPerIpPerHour: parsed.LIMIT_REGISTRATIONS_PER_IP_PER_HOUR,
    refreshesPerIpPerMinute: parsed.LIMIT_REFRESHES_PER_IP_PER_MINUTE,
    recoveriesPerIpPerHour: parsed.LIMIT_RECOVERIES_PER_IP_PER_HOUR,
    redemptionsPerIpPerMinute: parsed.LIMIT_REDEMPTIONS_PER_IP_PER_MINUTE,
    deviceRegistrationsPerIpPerHour: parsed.LIMIT_DEVICE_REGISTRATIONS_PER_IP_PER_HOUR,
    subscriptions: parsed.LIMIT_SUBSCRIPTIONS,
    subscriptionsPerUser: parsed.LIMIT_SUBSCRIPTIONS_PER_USER,
    subscriptionsPerIp: parsed.LIMIT_SUBSCRIPTIONS_PER_IP,
    subscriptionTicketsPerUserPerMinute: parsed.LIMIT_SUBSCRIPTION_TICKETS_PER_USER_PER_MINUTE,
    loginFailuresPerAccount: parsed.LIMIT_LOGIN_FAILURES_PER_ACCOUNT,
    loginFailuresPerIp: parsed.LIMIT_LOGIN_FAILURES_PER_IP,
    loginMaxDelaySeconds: parsed.LIMIT_LOGIN_MAX_DELAY_SECONDS,
    passwordProofsPerUserPerHour: parsed.LIMIT_PASSWORD_PROOFS_PER_USER_PER_HOUR,
    apiKeysPerUserPerHour: parsed.LIMIT_API_KEYS_PER_USER_PER_HOUR,
    mailsPerAddressPerDay: parsed.LIMIT_MAILS_PER_ADDRESS_PER_DAY,
    mailSpacingSeconds: parsed.LIMIT_MAIL_SPACING_SECONDS,
    mailMaxSpacingSeconds: parsed.LIMIT_MAIL_MAX_SPACING_SECONDS,
    mailsPerUserPerDay: parsed.LIMIT_MAILS_PER_USER_PER_DAY,
    mailsPerIpPerHour: parsed.LIMIT_MAILS_PER_IP_PER_HOUR,
    securityMailsPerUserPerDay: parsed.LIMIT_SECURITY_MAILS_PER_USER_PER_DAY,
    smsPerNumberPerDay: parsed.LIMIT_SMS_PER_NUMBER_PER_DAY,
    smsPerUserAndNumberPerDay: parsed.LIMIT_SMS_PER_USER_AND_NUMBER_PER_DAY,
    smsPerPrefixPerDay: parsed.LIMIT_SMS_PER_PREFIX_PER_DAY,
    smsPerUserPerDay: parsed.LIMIT_SMS_PER_USER_PER_DAY,
    smsPerIpPerDay: parsed.LIMIT_SMS_PER_IP_PER_DAY,
    smsPerDay: parsed.LIMIT_SMS_PER_DAY,
  };
}

function limitStore(parsed: Variables): LimitSettings["store"] {
  const { LIMIT_STORE, REDIS_URL, DATABASE_URL } = parsed;
  const kind = LIMIT_STORE ?? defaultLimitStore(parsed);
  if (kind === "redis" && REDIS_URL === undefined) throw complaint([["REDIS_URL", "required by LIMIT_STORE=redis"]]);
  if (kind === "postgres" && DATABASE_URL === undefined) {
    throw complaint([["DATABASE_URL", "required by LIMIT_STORE=postgres; the embedded database has one connection"]]);
  }
  return kind === "redis" ? { kind, url: REDIS_URL ?? "" } : { kind };
}

function defaultLimitStore({ REDIS_URL, DATABASE_URL }: Variables): LimitSettings["store"]["kind"] {
  if (REDIS_URL !== undefined) return "redis";
  return DATABASE_URL === undefined ? "memory" : "postgres";
}

function databaseConfig(parsed: Variables): DatabaseConfig {
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
