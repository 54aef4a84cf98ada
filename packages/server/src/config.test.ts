import { execFile } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdtempDisposable, readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type Config, loadConfig } from "./config.ts";
import { describeVariables } from "./config-variables.ts";

type Environment = Record<string, string | undefined>;

const key = () => randomBytes(32).toString("base64");

/** A complete environment, so that no secrets file is written. */
const valid: Environment = { NODE_ENV: "test", ENCRYPTION_KEYS: `1:${key()}` };

const production: Environment = {
  NODE_ENV: "production",
  PUBLIC_URL: "https://accounts.example.com",
  DATABASE_URL: "postgres://gatehouse@db.example.com/gatehouse",
  ENCRYPTION_KEYS: `1:${key()}`,
};

const temporaryFolder = () => mkdtempDisposable(join(tmpdir(), "gatehouse-config-"));

function complaintAbout(environment: Environment): string {
  try {
    loadConfig(environment);
  } catch (error) {
    expect(error).toMatchObject({ name: "ConfigError" });
    return error instanceof Error ? error.message : "";
  }
  return "";
}

test("everything has a default outside production, except what is secret", () => {
  expect(loadConfig(valid)).toMatchObject({
    environment: "test",
    host: "localhost",
    port: 3000,
    publicUrl: "http://localhost:3000",
    trustedProxies: [],
    corsOrigins: [],
    database: { kind: "embedded", directory: join(".data", "database") },
  } satisfies Partial<Config>);
});

const pemOf = (namedCurve: string) =>
  generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** The variables that are limits. */
const limitNames = describeVariables()
  .map(({ name }) => name)
  .filter((name) => /^LIMIT_.+_PER_/.test(name));

/** At least one value for each variable that can be wrong. */
const wrongValues: Record<string, string[]> = {
  NODE_ENV: ["Production", "prod"],
  PORT: ["http", "-1", "65536", "80.5", "0x50", "1e3", " ", "Infinity"],
  PUBLIC_URL: ["accounts.example.com", "ftp://example.com", "https://example.com/path", "https://u:p@example.com"],
  TRUSTED_PROXIES: ["1", "10.0.0.0/33", "10.0.0.0/0", "10.0.0.0/", "::1/129", "fe80::1%eth0", "localhost", "10.0.0"],
  CORS_ORIGINS: [
    "example.com",
    "https://example.com/path",
    "https://example.com?",
    "null",
    "*.example.com",
    "https://*.example.com",
    "https://*",
  ],
  ALLOWED_REDIRECTS: [
    "app.example.com",
    "http://app.example.com/",
    "https://*.example.com/",
    "https://app.example.com/?next=1",
    "https://u:p@app.example.com/",
    "javascript:alert(1)",
    "data:text/html,x",
  ],
  SOCIAL_TIMEOUT_SECONDS: ["0", "16"],
  SOCIAL_DETOUR: ["127.0.0.1:9000", "http://127.0.0.1:9000/path", "ftp://127.0.0.1"],
  BREACH_CHECK_URL: ["api.pwnedpasswords.com/range", "ftp://example.com/range"],
  DATABASE_URL: ["mysql://localhost/x", "localhost:5432"],
  DATABASE_POOL_SIZE: ["0", "1001"],
  DATABASE_PIPELINE_CONNECTIONS: ["-1", "5"],
  DATABASE_PREPARED_STATEMENTS: ["true", "no"],
  ENCRYPTION_KEY_VERSION: ["0", "one", "1000"],
  SIGNING_KEY_ROTATION_DAYS: ["-1", "3651"],
  SIGNING_KEY_LEAD_SECONDS: ["599", "2592001"],
  LOG_LEVEL: ["verbose"],
  LOG_FORMAT: ["text"],
  MAX_BODY_BYTES: ["1023", "1MB"],
  REQUEST_TIMEOUT_SECONDS: ["0", "601"],
  UNREAD_ANSWER_TIMEOUT_SECONDS: ["0", "3601"],
  MAX_PIPELINED_REQUESTS: ["3", "1001"],
  MAX_BATCH_SIZE: ["0"],
  DOCS: ["yes", "true"],
  LOG_REQUESTS: ["none", "errors"],
  LOG_SLOW_REQUEST_MILLIS: ["0", "600001"],
  ACCESS_TOKEN_TTL_SECONDS: ["29", "3601"],
  REFRESH_GRACE_SECONDS: ["-1", "601"],
  STEP_UP_MAX_AGE_SECONDS: ["59", "86401"],
  ANONYMOUS_USERS: ["yes", "ON"],
  ANONYMOUS_USER_RETENTION_DAYS: ["0", "3661"],
  MFA_EMAIL_CODES: ["yes", "ON"],
  MFA_TRUSTED_DEVICE_DAYS: ["-1", "367"],
  MFA_RESET_DELAY_HOURS: ["-1", "169"],
  MFA_REQUIRED_ROLES: ["Admin", "admin,support desk"],
  SESSION_IDLE_SECONDS: ["0"],
  SESSION_TTL_SECONDS: ["0"],
  REMEMBERED_SESSION_IDLE_SECONDS: ["0"],
  REMEMBERED_SESSION_TTL_SECONDS: ["0"],
  ANONYMOUS_DEVICE_RETENTION_DAYS: ["0", "3661"],
  API_KEY_MAX_TTL_DAYS: ["0", "3661"],
  API_KEYS_PER_USER: ["0", "10001"],
  PASSKEY_RP_ID: [
    "https://example.com",
    "example.com:443",
    "example.com/",
    "127.0.0.1",
    "com",
    "Example.com",
    "-a.com",
  ],
  PASSKEY_ORIGINS: [
    "example.com",
    "https://example.com/path",
    "https://*.example.com",
    "android:apk-key-hash:short",
    "ios:bundle-id:com.example",
    ",",
  ],
  PASSKEYS_PER_USER: ["0", "101"],
  PASSWORD_HASH_MEMORY_KIB: ["1024"],
  PASSWORD_HASH_PASSES: ["0"],
  PASSWORD_MIN_CHARACTERS: ["7", "65", "15.5"],
  PASSWORD_HASH_CONCURRENCY: ["0", "5"],
  PASSWORD_HASH_MAX_WAITING: ["0"],
  LIMIT_STORE: ["database", "Redis"],
  REDIS_URL: ["localhost:6379", "http://localhost:6379"],
  LIMIT_SUBSCRIPTIONS: ["-1", "1.5", "1000000001"],
  LIMIT_LOGIN_MAX_DELAY_SECONDS: ["0", "3601"],
  LIMIT_MAIL_SPACING_SECONDS: ["-1", "3601"],
  LIMIT_MAIL_MAX_SPACING_SECONDS: ["0", "86401"],
  ...Object.fromEntries(limitNames.map((name) => [name, ["-1", "1.5", "1000000001"]])),
  REGISTRATION_MODE: ["open", "Verified"],
  REGISTRATION_IDENTIFIERS: ["fax", "email,fax", "Email", ","],
  PAGES_ACCENT_COLOR: ["blue", "#00f", "#ffff00", "#7f8fff", "#2f5bd0;}", "2f5bd0"],
  PAGES_LOGO_URL: [
    "logo.svg",
    "http://example.com/logo.svg",
    "javascript:alert(1)",
    "https://u:p@example.com/logo.svg",
  ],
  PAGES_HOME_URL: ["app.example.com", "http://app.example.com/", "javascript:alert(1)", "https://u:p@app.example.com/"],
  PRODUCT_NAME: ["x".repeat(51), "Acme\nInc.", "<b>Acme</b>"],
  SMTP_URL: [
    "smtp.example.com",
    "smtp://",
    "smtp://host/path",
    "http://smtp.example.com",
    "smtp://u:50%@host",
    "smtp://%FF@host",
  ],
  SMTP_STARTTLS: ["optional"],
  MAIL_FROM: ["Acme", "Acme <accounts>", "a@example.com, b@example.com", "Acme\r\nBcc: x <a@example.com>", "<@>"],
  TWILIO_ACCOUNT_SID: ["AC0", "SK0123456789abcdef0123456789abcdef"],
  TWILIO_AUTH_TOKEN: ["short"],
  TWILIO_FROM: ["600000001", "+0123456789", "more than 11 letters"],
  TWILIO_BASE_URL: ["http://api.twilio.com", "https://api.twilio.com/2010-04-01"],
  FCM_SERVICE_ACCOUNT: ["service-account.json", "{}", "[]", JSON.stringify({ project_id: "acme", private_key: "key" })],
  FCM_BASE_URL: ["http://fcm.googleapis.com", "https://fcm.googleapis.com/v1"],
  APNS_KEY: ["AuthKey.p8", "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----", pemOf("P-384")],
  APNS_KEY_ID: ["abc1234def", "ABC1234DE", "ABC1234DEFG"],
  APNS_TEAM_ID: ["def1234ghi", "DEF1234GH", "DEF1234GHIJ"],
  APNS_TOPIC: ["com.example.app/voip", "com example app"],
  APNS_BASE_URL: ["http://api.push.apple.com", "https://api.push.apple.com/3"],
  VAPID_PRIVATE_KEY: ["key", "A".repeat(43), "_".repeat(43), "A".repeat(87)],
  VAPID_SUBJECT: ["operations@example.com", "http://example.com", "mailto:operations"],
  EXPO_PUSH: ["yes", "ON"],
  EXPO_ACCESS_TOKEN: ["short", "a token with spaces in it"],
  EXPO_BASE_URL: ["http://exp.host", "https://exp.host/--/api/v2"],
  PUSH_TIMEOUT_SECONDS: ["0", "61", "1.5"],
  OPERATOR_EMAIL: ["operations", "Operations <operations@example.com>", "a@example.com,b@example.com"],
  OPERATOR_LOCALE: ["EN", "de"],
  OUTBOUND_PORTS: ["0", "65536", "443;80", "https", "443-500", ","],
  OUTBOUND_INSIDE: ["10.0.0.0/33", "10.0.0.0/", "localhost", "private", "10.0.0"],
  OUTBOUND_HTTP: ["true", "yes"],
  WEBHOOK_SECRET_OVERLAP_HOURS: ["-1", "721"],
  WEBHOOK_PAUSE_DAYS: ["-1", "91"],
  NOTIFICATION_RETENTION_DAYS: ["29", "3661"],
  WEBHOOK_RETENTION_DAYS: ["6", "3661"],
  JOBS: ["yes"],
  JOBS_CONCURRENCY: ["0", "101"],
  SHUTDOWN_TIMEOUT_SECONDS: ["0"],
  ENCRYPTION_KEYS: [
    "1:<output of openssl rand -base64 32>",
    `1:${Buffer.alloc(32).toString("base64")}`,
    `1:${Buffer.alloc(32, "secret").toString("base64")}`,
    `1:${randomBytes(31).toString("base64")}`,
    `1:${randomBytes(33).toString("base64")}`,
    `0:${key()}`,
    `256:${key()}`,
    key(),
    `1:${key()},1:${key()}`,
    `1:${key()},`,
  ],
  ACCOUNT_RETENTION_DAYS: ["0", "3661", "a month"],
  AUDIT_RETENTION_DAYS: ["-1", "36601", "a year"],
  PICTURE_STORAGE: ["disk", "S3"],
  PICTURE_MAX_BYTES: ["65535", "20971521", "5MiB"],
  PICTURE_MAX_PIXELS: ["65535", "200000001"],
  S3_ENDPOINT: ["s3.example.com", "http://s3.example.com", "https://s3.example.com/bucket"],
  S3_BUCKET: ["ab", "Pictures", "-pictures", "pictures/of-users"],
  LIMIT_UPLOADS: ["-1", "1.5", "many"],
};

/** The variables that accept any text; `auth/social/config.test.ts` tries wrong providers, which are refused field by field. */
const unlimited = [
  ...["HOST", "DATA_DIR", "RESERVED_USERNAMES", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"],
  "SOCIAL_PROVIDERS",
];

const notes = new Map(describeVariables().map((variable) => [variable.name, variable]));

test("this test has a wrong value for every variable that can be wrong", () => {
  expect([...Object.keys(wrongValues), ...unlimited].toSorted()).toEqual([...notes.keys()].toSorted());
});

test.each(Object.entries(wrongValues).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
  "%s=%s is refused with the name, the rule and an example",
  (name, value) => {
    const { description, example } = notes.get(name) ?? {};
    const message = complaintAbout({ ...valid, [name]: value });
    expect(message).toContain(`${name}: not valid. ${description}`);
    expect(message).toContain(`Example: ${name}=${example}`);
  },
);

test("an error names all wrong variables, each once, and no right ones", () => {
  const message = complaintAbout({ ...valid, PORT: "x", LOG_LEVEL: "x", CORS_ORIGINS: "x,y", HOST: "::" });
  expect(message.match(/^ {2}\w+(?=:)/gm)).toEqual(["  PORT", "  CORS_ORIGINS", "  LOG_LEVEL"]);
});

test("an error does not repeat the value, which may be secret", () => {
  expect(complaintAbout({ ...valid, DATABASE_URL: "postgress://user:hunter2@host/db" })).not.toContain("hunter2");
});

test("an empty variable counts as one that is not set", () => {
  expect(loadConfig({ ...valid, PORT: "", PUBLIC_URL: "", LOG_LEVEL: "" })).toEqual(loadConfig(valid));
  expect(complaintAbout({ ...production, ENCRYPTION_KEYS: "" })).toContain("ENCRYPTION_KEYS: required");
});

test("limits are counted in the best store available, or in the configured one", () => {
  const DATABASE_URL = "postgres://localhost/gatehouse";
  const REDIS_URL = "redis://localhost:6379";
  const storeOf = (environment: Environment) => loadConfig({ ...valid, ...environment }).limits.store;
  expect(storeOf({})).toEqual({ kind: "memory" });
  expect(storeOf({ DATABASE_URL })).toEqual({ kind: "postgres" });
  expect(storeOf({ DATABASE_URL, REDIS_URL })).toEqual({ kind: "redis", url: REDIS_URL });
  expect(storeOf({ DATABASE_URL, REDIS_URL, LIMIT_STORE: "postgres" })).toEqual({ kind: "postgres" });
  expect(storeOf({ DATABASE_URL, REDIS_URL, LIMIT_STORE: "memory" })).toEqual({ kind: "memory" });
});

test("a store for the limits that is not configured is refused", () => {
  expect(complaintAbout({ ...valid, LIMIT_STORE: "redis" })).toContain("REDIS_URL: required by LIMIT_STORE=redis");
  expect(complaintAbout({ ...valid, LIMIT_STORE: "postgres" })).toContain("DATABASE_URL: required by LIMIT_STORE");
});

test("lists are split at commas, and blanks around the entries do not matter", () => {
  const config = loadConfig({
    ...valid,
    TRUSTED_PROXIES: " loopback, 10.0.0.0/8 ,2001:db8::/32,192.0.2.1,",
    CORS_ORIGINS: "https://app.example.com, http://localhost:5173/ ,*",
  });
  expect(config.trustedProxies).toEqual(["loopback", "10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]);
  expect(config.corsOrigins).toEqual(["https://app.example.com", "http://localhost:5173", "*"]);
});

test("origins lose a trailing slash and the default port", () => {
  expect(loadConfig({ ...valid, PUBLIC_URL: "HTTPS://Accounts.Example.com:443/" }).publicUrl).toBe(
    "https://accounts.example.com",
  );
});

test("the key of the highest version need not come first", () => {
  const keys = loadConfig({ ...valid, ENCRYPTION_KEYS: `1:${key()}, 255:${key()}` }).encryptionKeys;
  expect(keys.map(({ version }) => version)).toEqual([1, 255]);
});

test("the key that encrypts can be named, and must be one of the keys", () => {
  const ENCRYPTION_KEYS = `1:${key()},2:${key()}`;
  expect(loadConfig({ ...valid, ENCRYPTION_KEYS }).encryptionKeyVersion).toBe(undefined);
  expect(loadConfig({ ...valid, ENCRYPTION_KEYS, ENCRYPTION_KEY_VERSION: "1" }).encryptionKeyVersion).toBe(1);
  const message = complaintAbout({ ...valid, ENCRYPTION_KEYS, ENCRYPTION_KEY_VERSION: "3" });
  expect(message).toContain("ENCRYPTION_KEY_VERSION: ENCRYPTION_KEYS has no version 3");
});

test("the time for which a signing key is published before it signs must not exceed the rotation, if there is one", () => {
  const day = { ...valid, SIGNING_KEY_ROTATION_DAYS: "1" };
  expect(loadConfig({ ...day, SIGNING_KEY_LEAD_SECONDS: "86400" }).signingKeys.leadSeconds).toBe(86_400);
  const message = complaintAbout({ ...day, SIGNING_KEY_LEAD_SECONDS: "86401" });
  expect(message).toContain("SIGNING_KEY_LEAD_SECONDS: longer than the 1 days of SIGNING_KEY_ROTATION_DAYS");
  const forEver = { ...valid, SIGNING_KEY_ROTATION_DAYS: "0", SIGNING_KEY_LEAD_SECONDS: "86401" };
  expect(loadConfig(forEver).signingKeys.leadSeconds).toBe(86_401);
});

describe("without NODE_ENV", () => {
  const { NODE_ENV: _, ...unset } = valid;
  const remote = "postgres://gatehouse@db.example.com/gatehouse";
  const local = "postgres://gatehouse@localhost/gatehouse";

  test.each<[string, Environment]>([
    ["nothing else", {}],
    ["an empty NODE_ENV", { NODE_ENV: "" }],
    ["a port", { PORT: "4000" }],
    ["a database of this machine", { DATABASE_URL: local }],
    ["a database behind a socket", { DATABASE_URL: "postgres:///gatehouse?host=/var/run/postgresql" }],
    ["the same and a container's HOST", { HOST: "::", DATABASE_URL: "postgres://%2Fvar%2Frun%2Fpostgresql/gatehouse" }],
    ["a container's HOST", { HOST: "0.0.0.0" }],
    ["a container's HOST and a database of this machine", { HOST: "0.0.0.0", DATABASE_URL: local }],
    ["a database of another machine", { DATABASE_URL: remote }],
    ["the same and a HOST of this machine", { HOST: "127.0.0.1", DATABASE_URL: remote }],
    ["the address of this machine", { PUBLIC_URL: "http://localhost:4000" }],
    ["a name of this machine", { PUBLIC_URL: "http://app.localhost:4000" }],
    ["its IPv6 address", { PUBLIC_URL: "http://[::1]:4000", HOST: "::1" }],
  ])("development starts with %s", (_what, environment) => {
    expect(loadConfig({ ...unset, ...environment }).environment).toBe("development");
  });

  test.each<[string, Environment]>([
    ["an address for others", { PUBLIC_URL: "https://accounts.example.com" }],
    ["an empty NODE_ENV and that", { NODE_ENV: "", PUBLIC_URL: "https://accounts.example.com" }],
    ["one without TLS", { PUBLIC_URL: "http://accounts.example.com" }],
    ["one that looks like this machine", { PUBLIC_URL: "http://localhost.example.com" }],
    ["an address of a network", { PUBLIC_URL: "http://192.168.1.7:3000" }],
    ["a HOST and a database for others", { HOST: "0.0.0.0", DATABASE_URL: remote }],
    ["all of production", { ...production, NODE_ENV: undefined }],
    ["a database of a container's network", { HOST: "::", DATABASE_URL: "postgres://u:p@db/gatehouse" }],
    ["a parameter for the database's host", { HOST: "::", DATABASE_URL: `${local}?host=db.example.com` }],
  ])("nothing starts with %s, and the error says what to set", (_what, environment) => {
    const message = complaintAbout({ ...unset, ...environment });
    expect(message).toContain("NODE_ENV: missing; set NODE_ENV=production on a server, or NODE_ENV=development");
    expect(loadConfig({ ...unset, ...environment, NODE_ENV: "development" }).environment).toBe("development");
  });
});

describe("a warning", () => {
  const warningsOf = (environment: Environment) => loadConfig({ ...valid, ...environment }).warnings;

  test("names a variable that is nearly one of Gatehouse's, and the one that is meant, without the value", () => {
    expect(warningsOf({ REGISTRATON_MODE: "verified", LIMIT_LOGINS_PER_IP_PER_MINUT: "s3cret" })).toEqual([
      "REGISTRATON_MODE is no variable of Gatehouse. Is REGISTRATION_MODE meant?",
      "LIMIT_LOGINS_PER_IP_PER_MINUT is no variable of Gatehouse. Is LIMIT_LOGINS_PER_IP_PER_MINUTE meant?",
    ]);
    expect(warningsOf({ smtp_url: "x", REDIS_URI: "x", HOSTS: "x" })).toHaveLength(3);
  });

  test("does not name what other programs read", () => {
    const others =
      "HOME PATH USER SHELL TERM LANG PWD HOSTNAME LOGNAME TZ CI NODE_OPTIONS PGHOST PGPORT NO_COLOR TMPDIR";
    expect(warningsOf(Object.fromEntries(others.split(" ").map((name) => [name, "x"])))).toEqual([]);
  });

  test("names CORS origins of * where accounts are real", () => {
    const open = loadConfig({ ...production, CORS_ORIGINS: "*" });
    expect(open.warnings).toEqual([expect.stringContaining("CORS_ORIGINS has *")]);
    expect(loadConfig({ ...production, CORS_ORIGINS: "https://app.example.com" }).warnings).toEqual([]);
    expect(warningsOf({ NODE_ENV: "development", CORS_ORIGINS: "*" })).toEqual([]);
  });
});

test("a PostgreSQL URL replaces the embedded database", () => {
  const url = "postgresql://user@host/db";
  const { database } = loadConfig({ ...valid, DATABASE_URL: url, DATABASE_PREPARED_STATEMENTS: "off" });
  expect(database).toEqual({ kind: "postgres", url, poolSize: 10, preparedStatements: false, pipelineConnections: 0 });
  const { database: byDefault } = loadConfig({ ...valid, DATABASE_URL: url });
  expect(byDefault).toMatchObject({ preparedStatements: true, pipelineConnections: 1 });
});

test.each(["production", "staging"])("%s starts with an https address, a PostgreSQL and keys", (NODE_ENV) => {
  expect(loadConfig({ ...production, NODE_ENV })).toMatchObject({ environment: NODE_ENV, corsOrigins: [] });
});

describe("passkeys", () => {
  const passkeysOf = (environment: Environment) => loadConfig({ ...valid, ...environment }).passkeys;

  test("belong to the host of PUBLIC_URL, and are accepted from it and from CORS_ORIGINS on the same domain", () => {
    const environment = {
      PUBLIC_URL: "https://example.com",
      CORS_ORIGINS: "https://app.example.com,https://example.org,https://notexample.com",
    };
    expect(passkeysOf(environment)).toEqual({
      rpId: "example.com",
      origins: ["https://example.com", "https://app.example.com"],
      acceptsAnyPage: false,
      maxPerUser: 20,
    });
  });

  test("are accepted from every page of the domain in development, and nowhere else", () => {
    const development = { ...valid, NODE_ENV: "development", PUBLIC_URL: "http://localhost:3000" };
    expect(loadConfig(development).passkeys).toMatchObject({ rpId: "localhost", acceptsAnyPage: true });
    const listed = { ...development, PASSKEY_ORIGINS: "http://localhost:5173" };
    expect(loadConfig(listed).passkeys).toMatchObject({ origins: ["http://localhost:5173"], acceptsAnyPage: false });
    expect(loadConfig({ ...production, CORS_ORIGINS: "*" }).passkeys.acceptsAnyPage).toBe(false);
  });

  test("are accepted from what PASSKEY_ORIGINS names, and nothing else", () => {
    const app = `android:apk-key-hash:${"A".repeat(43)}`;
    const environment = { PASSKEY_RP_ID: "example.com", PASSKEY_ORIGINS: `https://www.example.com/, ${app}` };
    expect(passkeysOf(environment).origins).toEqual(["https://www.example.com", app]);
  });

  test.each([
    [
      "PASSKEY_RP_ID",
      { PASSKEY_RP_ID: "example.org" },
      "neither PUBLIC_URL nor an origin of CORS_ORIGINS is example.org or below it",
    ],
    ["PASSKEY_ORIGINS", { PASSKEY_ORIGINS: "https://example.com" }, "none of them is accounts.example.com or below it"],
    ["PASSKEY_ORIGINS", { PASSKEY_ORIGINS: "http://accounts.example.com" }, "browsers have passkeys on https only"],
  ])("do not let a server start with a wrong %s: %j", (name, environment, reason) => {
    const complaint = complaintAbout({ ...production, CORS_ORIGINS: "", ...environment });
    expect(complaint).toContain(`  ${name}: `);
    expect(complaint).toContain(reason);
  });
});

test("REGISTRATION_MODE=verified requires a mail server unless mail goes to the outbox", () => {
  const verified = { ...production, REGISTRATION_MODE: "verified" };
  expect(complaintAbout(verified)).toContain("SMTP_URL: required with REGISTRATION_MODE=verified");
  const mail = { SMTP_URL: "smtp://smtp.example.com", MAIL_FROM: "accounts@example.com" };
  expect(loadConfig({ ...verified, ...mail }).registrationMode).toBe("verified");
  expect(loadConfig({ ...valid, REGISTRATION_MODE: "verified" }).registrationMode).toBe("verified");
});

test("REGISTRATION_IDENTIFIERS names each way once, and is email by default", () => {
  expect(loadConfig(valid).registrationIdentifiers).toEqual(["email"]);
  const chosen = { ...valid, REGISTRATION_IDENTIFIERS: "username, email,username" };
  expect(loadConfig(chosen).registrationIdentifiers).toEqual(["email", "username"]);
  const all = { ...valid, REGISTRATION_IDENTIFIERS: "phone,username,email" };
  expect(loadConfig(all).registrationIdentifiers).toEqual(["email", "username", "phone"]);
});

test("REGISTRATION_IDENTIFIERS=phone needs a way to send messages, and goes with REGISTRATION_MODE=verified", () => {
  const byPhone = { ...production, REGISTRATION_IDENTIFIERS: "email,phone" };
  expect(complaintAbout(byPhone)).toContain("TWILIO_ACCOUNT_SID: required with phone in REGISTRATION_IDENTIFIERS");
  const sms = {
    TWILIO_ACCOUNT_SID: "AC0123456789abcdef0123456789abcdef",
    TWILIO_AUTH_TOKEN: "0123456789abcdef0123456789abcdef",
    TWILIO_FROM: "+15005550006",
  };
  expect(loadConfig({ ...byPhone, ...sms }).registrationIdentifiers).toEqual(["email", "phone"]);
  const verified = { ...valid, REGISTRATION_MODE: "verified", REGISTRATION_IDENTIFIERS: "email,phone" };
  expect(loadConfig(verified).registrationMode).toBe("verified");
});

test("REGISTRATION_IDENTIFIERS=username does not go with REGISTRATION_MODE=verified, and the complaint says why", () => {
  const verified = { ...valid, REGISTRATION_MODE: "verified" };
  for (const names of ["username", "email,username"]) {
    expect(complaintAbout({ ...verified, REGISTRATION_IDENTIFIERS: names })).toContain(
      "REGISTRATION_IDENTIFIERS: username does not go with REGISTRATION_MODE=verified, which makes an account when a link in a mail is opened",
    );
  }
  expect(loadConfig({ ...verified, REGISTRATION_IDENTIFIERS: "email" }).registrationMode).toBe("verified");
});

test.each(["production", "staging"])("%s reports everything that is required and missing", (NODE_ENV) => {
  const message = complaintAbout({ NODE_ENV });
  for (const name of ["PUBLIC_URL", "DATABASE_URL", "ENCRYPTION_KEYS"]) {
    expect(message).toContain(`${name}: required when NODE_ENV is ${NODE_ENV}`);
  }
});

test.each(["production", "staging"])("%s generates no secrets", async (NODE_ENV) => {
  await using folder = await temporaryFolder();
  const { ENCRYPTION_KEYS: _, ...withoutKeys } = production;
  expect(complaintAbout({ ...withoutKeys, NODE_ENV, DATA_DIR: folder.path })).toContain("ENCRYPTION_KEYS: required");
  expect(await readdir(folder.path)).toEqual([]);
});

test.each(["production", "staging"])("%s accepts plain http only for this machine", (NODE_ENV) => {
  const withUrl = (PUBLIC_URL: string) => ({ ...production, NODE_ENV, PUBLIC_URL });
  expect(complaintAbout(withUrl("http://accounts.example.com"))).toContain(`PUBLIC_URL: must be https`);
  expect(complaintAbout(withUrl("http://localhost.example.com"))).toContain(`PUBLIC_URL: must be https`);
  for (const url of ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"]) {
    expect(loadConfig(withUrl(url)).publicUrl).toBe(url);
  }
});

test("development generates its secrets once, readable by their owner only, and keeps them", async () => {
  await using folder = await temporaryFolder();
  const environment = { DATA_DIR: join(folder.path, "data") };
  const first = loadConfig(environment);
  const file = join(environment.DATA_DIR, "secrets.env");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(environment.DATA_DIR)).mode & 0o777).toBe(0o700);
  expect(await readFile(file, "utf8")).toMatch(/^ENCRYPTION_KEYS=1:[A-Za-z0-9+/]{43}=$/m);
  expect(loadConfig(environment).encryptionKeys).toEqual(first.encryptionKeys);
  expect(await readdir(environment.DATA_DIR)).toEqual(["secrets.env"]);
});

test("keys in the environment take precedence over the development keys", async () => {
  await using folder = await temporaryFolder();
  const given = loadConfig({ ...valid, DATA_DIR: folder.path });
  expect(given.encryptionKeys).toEqual(loadConfig(valid).encryptionKeys);
  expect(await readdir(folder.path)).toEqual([]);
});

test("processes that start together generate one set of secrets, and all use it", async () => {
  await using folder = await temporaryFolder();
  const program = `
    import { loadConfig } from ${JSON.stringify(join(import.meta.dirname, "config.ts"))};
    process.stdout.write(Buffer.from(loadConfig().encryptionKeys[0].secret).toString("hex"));`;
  const start = () =>
    promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
      env: { DATA_DIR: join(folder.path, "data") },
    });
  const keys = (await Promise.all(Array.from({ length: 6 }, start))).map(({ stdout }) => stdout);
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(keys).size).toBe(1);
  expect(await readdir(join(folder.path, "data"))).toEqual(["secrets.env"]);
});

test.each(["", "ENCRYPTION_KEYS=\n", "ENCRYPTION_KEYS=1:AAAA\n"])(
  "damaged secrets (%j) are reported with their file",
  async (content) => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, "secrets.env"), content);
    expect(complaintAbout({ DATA_DIR: folder.path })).toContain(join(folder.path, "secrets.env"));
  },
);

test("a DATA_DIR that cannot be a folder is reported", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  expect(complaintAbout({ DATA_DIR: file })).toContain("DATA_DIR");
});
