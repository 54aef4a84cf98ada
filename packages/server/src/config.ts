import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type ProviderSettings, parseProviders } from "./auth/social/config.ts";
import { daySeconds, hourSeconds } from "./clock.ts";
import {
  complaint,
  type Environment,
  insecureOutbound,
  missingEnvironment,
  missingForRegistration,
  requireForProduction,
  wrongIdentifiers,
  wrongProviders,
  wrongRotation,
} from "./config-checks.ts";
import { type PasskeyConfig, passkeyConfig, wrongPasskeys } from "./config-passkeys.ts";
import { type VariableValues, variables } from "./config-variables.ts";
import { configWarnings } from "./config-warnings.ts";
import { defaultHashConcurrency } from "./crypto/hash-throttle.ts";
import type { EncryptionKey } from "./crypto/key-ring.ts";
import {
  hasOutbox,
  type MailConfig,
  mailConfig,
  missingForDelivery,
  type SmsConfig,
  smsConfig,
} from "./delivery/config.ts";
import { missingForPush, type PushConfig, pushConfig } from "./delivery/push/config.ts";
import { developmentKeys } from "./development-secrets.ts";
import { type LimitSettings, limitSettings } from "./limits/config.ts";
import type { OutboundRules } from "./outbound/destination.ts";
import { missingForPictures, type PictureConfig, pictureConfig } from "./picture/config.ts";
import { type AllowedRedirect, loopbackRedirects } from "./redirect-targets.ts";

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
  /** Where sign-ins may continue, beside the server's own pages. */
  readonly allowedRedirects: readonly AllowedRedirect[];
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
  /** By what an account can be registered, at least one. */
  readonly registrationIdentifiers: VariableValues["REGISTRATION_IDENTIFIERS"];
  readonly accessTokenTtlSeconds: number;
  readonly refreshGraceSeconds: number;
  readonly stepUpMaxAgeSeconds: number;
  readonly anonymousUsers: {
    readonly isOn: boolean;
    /** Accounts that were not used for so many days are erased. */
    readonly retentionDays: number;
  };
  readonly mfa: {
    /** Users with one of these roles can do nothing before they have proven a second factor. */
    readonly requiredRoles: readonly string[];
    /** Whether codes by mail are a second factor. */
    readonly emailCodes: boolean;
    /** How long a device stays trusted; 0 if none is. */
    readonly trustedDeviceSeconds: number;
    /** How long an operator's reset of second factors waits. */
    readonly resetDelaySeconds: number;
  };
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
  /** The product's name on pages, in mails and text messages. */
  readonly productName: string;
  readonly pages: {
    /** As `#rrggbb`, for the light theme. */
    readonly accentColor: string;
    readonly logoUrl: string | undefined;
    /** Where the pages lead where nothing else does. */
    readonly homeUrl: string | undefined;
  };
  readonly mail: MailConfig;
  readonly sms: SmsConfig;
  readonly push: PushConfig;
  readonly pictures: PictureConfig;
  /** Beside those that are always reserved. */
  readonly reservedUsernames: readonly string[];
  readonly limits: LimitSettings;
  /** The days for which a deleted account can be restored before it is erased. */
  readonly accountRetentionDays: number;
  /** The time for which an unused installation without a user is kept. */
  readonly anonymousDeviceRetentionDays: number;
  /** 0 keeps all. */
  readonly auditRetentionDays: number;
  readonly apiKeys: {
    /** The longest lifetime of a key. */
    readonly maxTtlDays: number;
    /** The most working keys of one user. */
    readonly maxPerUser: number;
  };
  readonly passkeys: PasskeyConfig;
  /** The recipient of mails about the server itself; without an address only the log has what they would say. */
  readonly operator: { readonly email: string | undefined; readonly locale: VariableValues["OPERATOR_LOCALE"] };
  /** Where the server may send requests whose addresses administrators chose. */
  readonly outbound: OutboundRules;
  readonly webhooks: {
    /** How long a replaced secret still signs. */
    readonly secretOverlapHours: number;
    /** Failures for this long pause a webhook; 0 for never. */
    readonly pauseDays: number;
    /** How long events and deliveries are kept. */
    readonly retentionDays: number;
  };
  /** How long notifications and their deliveries are kept. */
  readonly notificationRetentionDays: number;
  readonly social: {
    /** How long a provider may take for an answer. */
    readonly timeoutSeconds: number;
    /** Where users may sign in, in the order of the settings. */
    readonly providers: readonly ProviderSettings[];
    /** The origin to which requests for providers go instead; `undefined` for none. */
    readonly detour: string | undefined;
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
  if (isStrict(parsed)) requireForProduction(parsed, environment);
  const wrong = [
    ...missingEnvironment(parsed, environment),
    ...missingForDelivery(parsed),
    ...missingForPush(parsed),
    ...missingForPictures(parsed),
    ...missingForRegistration(parsed),
    ...wrongIdentifiers(parsed),
    ...wrongRotation(parsed),
    ...insecureOutbound(parsed),
    ...wrongPasskeys(parsed),
    ...wrongProviders(parsed),
  ];
  if (wrong.length > 0) throw complaint(wrong);
  const keys = parsed.ENCRYPTION_KEYS ?? developmentKeys(parsed.DATA_DIR);
  const { ENCRYPTION_KEY_VERSION: version } = parsed;
  if (version !== undefined && !keys.some((key) => key.version === version)) {
    throw complaint([["ENCRYPTION_KEY_VERSION", `ENCRYPTION_KEYS has no version ${version}`]]);
  }
  return { ...toConfig(parsed, keys), warnings: configWarnings(parsed, environment) };
}

/** Returns the package manager that started this process, as in `pnpm/12.21.0`; `undefined` if none did. */
export function packageManagerOf(environment: Environment = process.env): string | undefined {
  return environment["npm_config_user_agent"]?.split(" ", 1)[0];
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
    allowedRedirects: parsed.ALLOWED_REDIRECTS ?? (isStrict(parsed) ? [] : loopbackRedirects),
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
    registrationIdentifiers: parsed.REGISTRATION_IDENTIFIERS,
    accessTokenTtlSeconds: parsed.ACCESS_TOKEN_TTL_SECONDS,
    refreshGraceSeconds: parsed.REFRESH_GRACE_SECONDS,
    stepUpMaxAgeSeconds: parsed.STEP_UP_MAX_AGE_SECONDS,
    anonymousUsers: { isOn: parsed.ANONYMOUS_USERS === "on", retentionDays: parsed.ANONYMOUS_USER_RETENTION_DAYS },
    mfa: {
      requiredRoles: parsed.MFA_REQUIRED_ROLES,
      emailCodes: parsed.MFA_EMAIL_CODES === "on",
      trustedDeviceSeconds: parsed.MFA_TRUSTED_DEVICE_DAYS * daySeconds,
      resetDelaySeconds: parsed.MFA_RESET_DELAY_HOURS * hourSeconds,
    },
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
    pages: {
      accentColor: parsed.PAGES_ACCENT_COLOR,
      logoUrl: parsed.PAGES_LOGO_URL,
      homeUrl: parsed.PAGES_HOME_URL,
    },
    mail: mailConfig(parsed),
    sms: smsConfig(parsed),
    push: pushConfig(parsed, hasOutbox(parsed)),
    pictures: pictureConfig(parsed),
    reservedUsernames: parsed.RESERVED_USERNAMES,
    limits: limitSettings(parsed),
    accountRetentionDays: parsed.ACCOUNT_RETENTION_DAYS,
    anonymousDeviceRetentionDays: parsed.ANONYMOUS_DEVICE_RETENTION_DAYS,
    auditRetentionDays: parsed.AUDIT_RETENTION_DAYS,
    apiKeys: { maxTtlDays: parsed.API_KEY_MAX_TTL_DAYS, maxPerUser: parsed.API_KEYS_PER_USER },
    passkeys: passkeyConfig(parsed),
    operator: { email: parsed.OPERATOR_EMAIL, locale: parsed.OPERATOR_LOCALE },
    outbound: outboundRules(parsed),
    webhooks: {
      secretOverlapHours: parsed.WEBHOOK_SECRET_OVERLAP_HOURS,
      pauseDays: parsed.WEBHOOK_PAUSE_DAYS,
      retentionDays: parsed.WEBHOOK_RETENTION_DAYS,
    },
    notificationRetentionDays: parsed.NOTIFICATION_RETENTION_DAYS,
    social: {
      providers: parseProviders(parsed.SOCIAL_PROVIDERS).providers,
      timeoutSeconds: parsed.SOCIAL_TIMEOUT_SECONDS,
      detour: parsed.SOCIAL_DETOUR,
    },
    jobs: { isOn: parsed.JOBS === "on", concurrency: parsed.JOBS_CONCURRENCY },
    shutdownTimeoutSeconds: parsed.SHUTDOWN_TIMEOUT_SECONDS,
  };
}

function isStrict({ NODE_ENV }: VariableValues): boolean {
  return NODE_ENV === "production" || NODE_ENV === "staging";
}

function outboundRules(parsed: VariableValues): OutboundRules {
  return {
    allowsHttp: parsed.OUTBOUND_HTTP === "on",
    ports: parsed.OUTBOUND_PORTS,
    inside: parsed.OUTBOUND_INSIDE,
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
