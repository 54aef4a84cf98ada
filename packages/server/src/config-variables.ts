import { z } from "zod";
import { backgrounds, defaultAccentColor, minContrast } from "./accent-color.ts";
import { daySeconds } from "./clock.ts";
import {
  accentColor,
  addressRanges,
  commaSeparated,
  domain,
  encryptionKeys,
  httpOrigin,
  httpsAddress,
  httpsOrigin,
  identifiers,
  mailFrom,
  passkeyOrigin,
  ports,
  proxyAddress,
  smtpUrl,
  twilioSender,
} from "./config-formats.ts";
import { keySetMaxAgeSeconds, maxAccessTokenTtlSeconds } from "./crypto/access-token.ts";
import { languages } from "./delivery/language.ts";
import { apnsKey, fcmServiceAccount, vapidPrivateKey, vapidSubject } from "./delivery/push/config.ts";
import { allowedRedirects } from "./redirect-targets.ts";

/** The text about a variable in `.env.example` and in errors. */
interface VariableNotes {
  /** The rule, as a sentence for the operator. */
  readonly description: string;
  readonly example: string;
}

const explained = <T extends z.ZodType>(schema: T, notes: VariableNotes): T =>
  schema.meta({ description: notes.description, example: notes.example });

function wholeNumberIn({ min, max }: { min: number; max: number }) {
  return z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(min).max(max));
}

function integer(range: { min: number; max: number; default: number }, description: string) {
  const schema = wholeNumberIn(range).default(range.default);
  const rule = `${description} Whole number, ${range.min} to ${range.max}; default ${range.default}.`;
  return explained(schema, { description: rule, example: String(range.default) });
}

/** A limit, as a whole number; 0 means no limit. */
const limit = (max: number, description: string) =>
  integer({ min: 0, max: 1_000_000_000, default: max }, `${description} 0 for no limit.`);

/** An id of Apple's, of a key or a team. */
const appleId = z.string().regex(/^[A-Z0-9]{10}$/);

// One table on purpose, although it is long: a variable, its rule, its text and its default are read side by side.
/** The variables, each with its rule and an example; the keys are the names in the environment. */
export const variables = z.object({
  NODE_ENV: explained(z.enum(["development", "test", "staging", "production"]).default("development"), {
    description:
      "development, test, staging or production. Staging is as strict as production. Default development, which requires a PUBLIC_URL of this machine, and a HOST or a DATABASE_URL of it.",
    example: "development",
  }),
  HOST: explained(z.string().min(1).default("localhost"), {
    description: "The address to listen on; default localhost. In a container: 0.0.0.0.",
    example: "localhost",
  }),
  PORT: integer({ min: 0, max: 65_535, default: 3000 }, "The TCP port to listen on; 0 picks a free one."),
  PUBLIC_URL: explained(httpOrigin.optional(), {
    description:
      "Origin under which callers reach the server, and the issuer of the tokens. Required in production, with https; default http://localhost:PORT.",
    example: "https://accounts.example.com",
  }),
  TRUSTED_PROXIES: explained(commaSeparated.pipe(z.array(proxyAddress)).optional(), {
    description:
      "Comma-separated addresses or CIDR ranges of the reverse proxies whose X-Forwarded-For and X-Request-Id the server trusts; loopback, linklocal and uniquelocal are names for ranges; default none.",
    example: "loopback,10.0.0.0/8",
  }),
  CORS_ORIGINS: explained(commaSeparated.pipe(z.array(z.union([z.literal("*"), httpOrigin]))).optional(), {
    description:
      "Comma-separated origins of the browser apps that may call, or *; default none, in development *. Write each in full: patterns such as https://*.example.com are refused. Only named origins and PUBLIC_URL may use cookies; in development with *, pages of every port of this machine may too.",
    example: "https://app.example.com",
  }),
  ALLOWED_REDIRECTS: explained(allowedRedirects.optional(), {
    description:
      "Comma-separated addresses at which a sign-in may continue with a one-time code: https, http only for localhost, 127.0.0.1 and [::1], or the scheme of a native app such as com.example.app:/callback. An address that ends in a slash, and an origin alone, allows every path below it; any other allows only its own path. Queries are free, and so is the port of a loopback address without one. Default none; in development and test every loopback address. The server's own pages are always allowed.",
    example: "https://app.example.com/signed-in,com.example.app:/callback",
  }),
  SOCIAL_PROVIDERS: explained(z.string().optional(), {
    description:
      "JSON list of the providers at which users may sign in: Google, Apple, GitHub, Microsoft, Facebook, and issuers of OpenID Connect; docs/guides/social-sign-in.md has the fields of each kind. Default none.",
    example: '[{"kind":"google","clientId":"<id>","clientSecret":"<secret>"}]',
  }),
  SOCIAL_TIMEOUT_SECONDS: integer(
    { min: 1, max: 15, default: 10 },
    "Seconds that such a provider may take for an answer; a sign-in asks it up to three times.",
  ),
  SOCIAL_DETOUR: explained(httpOrigin.optional(), {
    description:
      "Origin to which requests for providers go instead, as <origin>/<host><path>, for tests; production and staging refuse to start with it; default none.",
    example: "http://127.0.0.1:9000",
  }),
  DATABASE_URL: explained(z.url({ protocol: /^postgres(ql)?$/ }).optional(), {
    description: "URL of a PostgreSQL 15 or later. Required in production; default the embedded database in DATA_DIR.",
    example: "postgres://gatehouse:password@localhost:5432/gatehouse",
  }),
  DATABASE_POOL_SIZE: integer({ min: 1, max: 1000, default: 10 }, "The most connections to PostgreSQL in the pool."),
  DATABASE_PREPARED_STATEMENTS: explained(z.enum(["on", "off"]).default("on"), {
    description:
      "on names statements, so that PostgreSQL plans each one once; use off with poolers in transaction mode; default on.",
    example: "on",
  }),
  DATABASE_PIPELINE_CONNECTIONS: integer(
    { min: 0, max: 4, default: 1 },
    "Connections beside the pool over which reads of one row by its index are pipelined. 0 reads them over the pool, and so does DATABASE_PREPARED_STATEMENTS=off.",
  ),
  DATA_DIR: explained(z.string().min(1).default(".data"), {
    description: "Folder of the embedded database and of the development secrets; default .data.",
    example: ".data",
  }),
  ENCRYPTION_KEYS: explained(encryptionKeys.optional(), {
    description:
      "Comma-separated VERSION:KEY, VERSION 1 to 255, KEY 32 random bytes in base64; the highest version encrypts. Required in production; make one with: echo 1:$(openssl rand -base64 32)",
    example: "1:<output of openssl rand -base64 32>",
  }),
  ENCRYPTION_KEY_VERSION: explained(
    z
      .string()
      .regex(/^[1-9]\d{0,2}$/)
      .transform(Number)
      .optional(),
    {
      description:
        "The VERSION of ENCRYPTION_KEYS that encrypts; default the highest. Set the previous one while you hand out a new key to running servers: see docs/guides/keys.md.",
      example: "1",
    },
  ),
  SIGNING_KEY_ROTATION_DAYS: integer(
    { min: 0, max: 3650, default: 90 },
    "Days for which a key signs access tokens before the next key takes over. With 0 only `pnpm gatehouse keys rotate` rotates.",
  ),
  SIGNING_KEY_LEAD_SECONDS: integer(
    { min: 2 * keySetMaxAgeSeconds, max: 30 * daySeconds, default: daySeconds },
    "Seconds for which a signing key is published before it signs, so that services which cache the key set have it by then; at most SIGNING_KEY_ROTATION_DAYS, unless that is 0.",
  ),
  LOG_LEVEL: explained(z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"), {
    description: "The lowest level to log: trace, debug, info, warn, error, fatal or silent; default info.",
    example: "info",
  }),
  LOG_FORMAT: explained(z.enum(["json", "pretty"]).optional(), {
    description: "json (one object a line) or pretty (for reading); default json, in development pretty.",
    example: "json",
  }),
  LOG_REQUESTS: explained(z.enum(["all", "failures"]).default("all"), {
    description:
      "all logs a line for each request; failures logs one for a 5xx and for a slow request, and counts those with a 4xx by status in a line a minute; default all.",
    example: "all",
  }),
  LOG_SLOW_REQUEST_MILLIS: integer(
    { min: 1, max: 600_000, default: 1000 },
    "Milliseconds from which LOG_REQUESTS=failures logs a request as slow.",
  ),
  MAX_BODY_BYTES: integer(
    { min: 1024, max: 64 * 1024 * 1024, default: 64 * 1024 },
    "The largest body of a call, in bytes; a procedure may allow more for itself.",
  ),
  REQUEST_TIMEOUT_SECONDS: integer(
    { min: 1, max: 600, default: 20 },
    "Seconds within which a request must arrive completely, headers and body; otherwise the server closes its connection.",
  ),
  UNREAD_ANSWER_TIMEOUT_SECONDS: integer(
    { min: 1, max: 3600, default: 60 },
    "Seconds within which a client must read more of a waiting answer; otherwise the server closes its connection.",
  ),
  MAX_PIPELINED_REQUESTS: integer(
    { min: 4, max: 1000, default: 16 },
    "Requests of one connection whose answers may wait to be read; one more closes the connection. Browsers and reverse proxies send one request at a time, and a batch is one request.",
  ),
  MAX_BATCH_SIZE: integer({ min: 1, max: 1000, default: 50 }, "The most calls in one batched RPC request."),
  DOCS: explained(z.enum(["on", "off"]).default("on"), {
    description:
      "on serves the API's description at /openapi.json and /docs, off does not; the pages of the error codes are served in either case; default on.",
    example: "on",
  }),
  REGISTRATION_MODE: explained(z.enum(["immediate", "verified"]).default("immediate"), {
    description:
      "immediate signs in at once and says when an address is taken; verified gives the same answer for free and taken addresses, and makes the account when the link in a mail is opened; default immediate.",
    example: "immediate",
  }),
  REGISTRATION_IDENTIFIERS: explained(identifiers.default(["email"]), {
    description:
      "Comma-separated: email, username, phone or any of them, by which an account can be registered. username and phone let people register without an address; nothing can be recovered by mail for them until they add one. phone needs Twilio, and an account is made once a code proves the number. username does not go with REGISTRATION_MODE=verified. Default email.",
    example: "email",
  }),
  ACCESS_TOKEN_TTL_SECONDS: integer(
    { min: 30, max: maxAccessTokenTtlSeconds, default: 900 },
    "Lifetime of an access token, in seconds. The server refuses tokens that were issued for longer, and clients refresh.",
  ),
  REFRESH_GRACE_SECONDS: integer(
    { min: 0, max: 600, default: 30 },
    "Seconds after a refresh during which the old refresh token still works without its attempt key.",
  ),
  STEP_UP_MAX_AGE_SECONDS: integer(
    { min: 60, max: daySeconds, default: 900 },
    "Seconds after a sign-in, or a proof at auth.sudo, during which a session may make sensitive calls.",
  ),
  ANONYMOUS_USERS: explained(z.enum(["on", "off"]).default("off"), {
    description: "Whether people may sign in without credentials, to accounts that have no identifier; default off.",
    example: "on",
  }),
  ANONYMOUS_USER_RETENTION_DAYS: integer(
    { min: 1, max: 3660, default: 30 },
    "Days after which an anonymous account that nobody uses is erased.",
  ),
  MFA_REQUIRED_ROLES: explained(commaSeparated.pipe(z.array(z.string().regex(/^[a-z][a-z0-9-]{0,49}$/))).default([]), {
    description:
      "Comma-separated roles whose users must prove a second factor. A user without one is led to set one up, and can do nothing else. user stands for everybody; default none.",
    example: "admin,support",
  }),
  MFA_EMAIL_CODES: explained(z.enum(["on", "off"]).default("off"), {
    description:
      "Whether users may take codes by mail as a second factor; default off. After a change to off, users who took them need a recovery code or another factor of theirs.",
    example: "on",
  }),
  MFA_TRUSTED_DEVICE_DAYS: integer(
    { min: 0, max: 366, default: 30 },
    "Days during which a device that a user trusts takes no second factor; 0 for none.",
  ),
  MFA_RESET_DELAY_HOURS: integer(
    { min: 0, max: 168, default: 24 },
    "Hours after which an operator's reset of a user's second factors takes effect; the user can stop it until then.",
  ),
  SESSION_IDLE_SECONDS: integer(
    { min: 300, max: 366 * daySeconds, default: daySeconds },
    "Seconds without a refresh after which a session signed in with remember: false ends.",
  ),
  SESSION_TTL_SECONDS: integer(
    { min: 300, max: 3660 * daySeconds, default: 30 * daySeconds },
    "Seconds after sign-in at which a session signed in with remember: false ends in any case.",
  ),
  REMEMBERED_SESSION_IDLE_SECONDS: integer(
    { min: 300, max: 366 * daySeconds, default: 90 * daySeconds },
    "Seconds without a refresh after which a remembered session ends.",
  ),
  REMEMBERED_SESSION_TTL_SECONDS: integer(
    { min: 300, max: 3660 * daySeconds, default: 365 * daySeconds },
    "Seconds after sign-in at which a remembered session ends in any case.",
  ),
  API_KEY_MAX_TTL_DAYS: integer(
    { min: 1, max: 3660, default: 365 },
    "The longest lifetime of an API key, in days, and the default where its user chooses none.",
  ),
  API_KEYS_PER_USER: integer({ min: 1, max: 10_000, default: 50 }, "The most working API keys of one user."),
  PASSKEY_RP_ID: explained(domain.optional(), {
    description:
      "The domain that passkeys belong to, without scheme and port: the host of the pages where people sign in, or a parent of it. Passkeys made for one domain do not work at another. Default the host of PUBLIC_URL.",
    example: "example.com",
  }),
  PASSKEY_ORIGINS: explained(commaSeparated.pipe(z.array(passkeyOrigin).min(1)).optional(), {
    description:
      "Comma-separated origins of the pages that may use passkeys, and android:apk-key-hash:DIGEST of Android apps. Those on other sites than PASSKEY_RP_ID are listed at /.well-known/webauthn. Default PUBLIC_URL and those of CORS_ORIGINS that are on the domain; in development with CORS_ORIGINS=*, every page of the domain.",
    example: "https://example.com,https://app.example.com",
  }),
  PASSKEYS_PER_USER: integer({ min: 1, max: 100, default: 20 }, "The most passkeys of one user."),
  ACCOUNT_RETENTION_DAYS: integer(
    { min: 1, max: 3660, default: 30 },
    "Days for which a deleted account can be restored, by an administrator or by the link that its user got; then it is erased.",
  ),
  ANONYMOUS_DEVICE_RETENTION_DAYS: integer(
    { min: 1, max: 3660, default: 365 },
    "Days after its last registration at which a device without a user is deleted.",
  ),
  AUDIT_RETENTION_DAYS: integer(
    { min: 0, max: 36_600, default: 400 },
    "Days after the end of a month at which its part of the audit log is dropped; 0 keeps all.",
  ),
  PASSWORD_HASH_MEMORY_KIB: integer(
    { min: 8192, max: 1_048_576, default: 19_456 },
    "Memory of one Argon2id hash, in KiB (m).",
  ),
  PASSWORD_HASH_PASSES: integer({ min: 1, max: 20, default: 2 }, "Passes of one Argon2id hash (t)."),
  PASSWORD_HASH_CONCURRENCY: explained(wholeNumberIn({ min: 1, max: 4 }).optional(), {
    description:
      "Hashes computed at once, each in a thread that uses a whole core; the rest of the server needs a core too. Whole number, 1 to 4; default one less than the cores, at least 1.",
    example: "1",
  }),
  PASSWORD_HASH_MAX_WAITING: integer(
    { min: 1, max: 10_000, default: 100 },
    "Hashes that may wait for their turn; one more gets 429. At the default cost, 100 hashes wait one to two seconds for one core, and about four seconds while other calls need the cores.",
  ),
  PASSWORD_MIN_CHARACTERS: integer(
    { min: 8, max: 64, default: 15 },
    "The fewest characters of a new password. NIST SP 800-63B-4 asks for 15 where a password alone signs in, and for 8 beside a second factor.",
  ),
  BREACH_CHECK_URL: explained(z.url({ protocol: /^https?$/ }).optional(), {
    description:
      "Service that knows passwords from data breaches, by Have I Been Pwned's range protocol: five characters of a SHA-1 leave the server. While the service does not answer, passwords are accepted. Default none.",
    example: "https://api.pwnedpasswords.com/range",
  }),
  PRODUCT_NAME: explained(
    z
      .string()
      .regex(/^[^\p{Cc}<>"\\]{1,50}$/u)
      .default("Gatehouse"),
    {
      description: "The product's name on pages, in mails and text messages, 1 to 50 characters; default Gatehouse.",
      example: "Acme",
    },
  ),
  PAGES_ACCENT_COLOR: explained(accentColor.default(defaultAccentColor), {
    description: `Colour of buttons and links on the account pages, as #rrggbb, with a contrast of at least ${minContrast} to ${backgrounds.light.card} and ${backgrounds.light.page}; the dark theme gets a lighter one of it. Default ${defaultAccentColor}.`,
    example: defaultAccentColor,
  }),
  PAGES_LOGO_URL: explained(httpsAddress.optional(), {
    description:
      "Address of the picture above the account pages, with https unless it is this machine, shown 40 pixels high instead of PRODUCT_NAME; default none.",
    example: "https://www.example.com/logo.svg",
  }),
  PAGES_HOME_URL: explained(httpsAddress.optional(), {
    description:
      "Address of the app, with https unless it is this machine, to which the account pages lead where neither a mail's link nor the app names another; default none.",
    example: "https://app.example.com/",
  }),
  SMTP_URL: explained(smtpUrl.optional(), {
    description:
      "The mail server: smtp://user:password@host:port (STARTTLS, port 587 by default) or smtps:// (TLS, 465). Default none: in development and test mail goes to the outbox at /dev/outbox, elsewhere the server sends none.",
    example: "smtp://user:password@smtp.example.com:587",
  }),
  SMTP_STARTTLS: explained(z.enum(["required", "off"]).optional(), {
    description:
      "required refuses a mail server that does not offer STARTTLS, off does not use it; default required, and off for a mail server on this machine. smtps:// needs neither.",
    example: "required",
  }),
  MAIL_FROM: explained(mailFrom.optional(), {
    description: "The sender of mails: an address, or Name <address>. Required with SMTP_URL.",
    example: "Acme <accounts@example.com>",
  }),
  TWILIO_ACCOUNT_SID: explained(
    z
      .string()
      .regex(/^AC[0-9a-fA-F]{32}$/)
      .optional(),
    {
      description:
        "Twilio account that sends text messages; with TWILIO_AUTH_TOKEN and TWILIO_FROM. Default none: in development and test text messages go to the outbox, elsewhere the server sends none.",
      example: "AC0123456789abcdef0123456789abcdef",
    },
  ),
  TWILIO_AUTH_TOKEN: explained(z.string().min(16).optional(), {
    description: "The token of that account, 16 characters or more.",
    example: "<the auth token of Twilio's console>",
  }),
  TWILIO_FROM: explained(twilioSender.optional(), {
    description: "The sender: a number in E.164, the sid of a messaging service, or a name of at most 11 characters.",
    example: "+15005550006",
  }),
  TWILIO_BASE_URL: explained(httpsOrigin.default("https://api.twilio.com"), {
    description: "Origin of Twilio's API, with https unless it is this machine; default https://api.twilio.com.",
    example: "https://api.twilio.com",
  }),
  FCM_SERVICE_ACCOUNT: explained(fcmServiceAccount.optional(), {
    description:
      "Service account of the Firebase project that sends push messages by FCM, as the JSON text of its file on one line. Default none: in development and test these messages go to the outbox, elsewhere the server sends none.",
    example:
      '{"type":"service_account","project_id":"acme","private_key_id":"…","private_key":"…","client_email":"…","token_uri":"https://oauth2.googleapis.com/token"}',
  }),
  FCM_BASE_URL: explained(httpsOrigin.default("https://fcm.googleapis.com"), {
    description: "Origin of FCM, with https unless it is this machine; default https://fcm.googleapis.com.",
    example: "https://fcm.googleapis.com",
  }),
  APNS_KEY: explained(apnsKey.optional(), {
    description:
      "Key that signs for Apple's push service: the text of its .p8 file, line breaks perhaps written as \\n; with APNS_KEY_ID, APNS_TEAM_ID and APNS_TOPIC. Default none, as for FCM_SERVICE_ACCOUNT.",
    example: "-----BEGIN PRIVATE KEY-----\\n…\\n-----END PRIVATE KEY-----",
  }),
  APNS_KEY_ID: explained(appleId.optional(), {
    description: "The id of that key, 10 capital letters and digits.",
    example: "ABC1234DEF",
  }),
  APNS_TEAM_ID: explained(appleId.optional(), {
    description: "The id of the team at Apple, 10 capital letters and digits.",
    example: "DEF1234GHI",
  }),
  APNS_TOPIC: explained(
    z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,155}$/)
      .optional(),
    { description: "The topic of messages: the bundle id of the app.", example: "com.example.app" },
  ),
  APNS_BASE_URL: explained(httpsOrigin.default("https://api.push.apple.com"), {
    description:
      "Origin of APNs, with https unless it is this machine; https://api.sandbox.push.apple.com for apps that Xcode installs; default https://api.push.apple.com.",
    example: "https://api.push.apple.com",
  }),
  VAPID_PRIVATE_KEY: explained(vapidPrivateKey.optional(), {
    description:
      "Key that identifies this server to the push services of browsers (RFC 8292): 32 bytes in base64url, made by pnpm gatehouse secrets; with VAPID_SUBJECT. Subscriptions are bound to it. Default none, as for FCM_SERVICE_ACCOUNT.",
    example: "<VAPID_PRIVATE_KEY of pnpm gatehouse secrets>",
  }),
  VAPID_SUBJECT: explained(vapidSubject.optional(), {
    description: "Where push services of browsers reach the operator: a mailto: or https: address.",
    example: "mailto:operations@example.com",
  }),
  EXPO_PUSH: explained(z.enum(["on", "off"]).default("off"), {
    description: "on sends to tokens of Expo by its push service; default off, as for FCM_SERVICE_ACCOUNT.",
    example: "on",
  }),
  EXPO_ACCESS_TOKEN: explained(
    z
      .string()
      .regex(/^\S{16,500}$/)
      .optional(),
    {
      description:
        "Access token of Expo, 16 characters or more; required by projects that have turned on its push security. Default none.",
      example: "<access token of expo.dev>",
    },
  ),
  EXPO_BASE_URL: explained(httpsOrigin.default("https://exp.host"), {
    description: "Origin of Expo's push service, with https unless it is this machine; default https://exp.host.",
    example: "https://exp.host",
  }),
  PUSH_TIMEOUT_SECONDS: integer(
    { min: 1, max: 60, default: 10 },
    "Seconds that a push service has to accept a connection, and to answer a message.",
  ),
  RESERVED_USERNAMES: explained(commaSeparated.default([]), {
    description:
      "Comma-separated usernames that nobody may choose, such as your product's name, beside those of docs/guides/profile.md; default none.",
    example: "example,example-team",
  }),
  PICTURE_STORAGE: explained(z.enum(["database", "s3"]).default("database"), {
    description:
      "Where new pictures of users are kept: database, or s3 for the bucket S3_BUCKET. Older pictures stay where they are; default database.",
    example: "database",
  }),
  PICTURE_MAX_BYTES: integer(
    { min: 64 * 1024, max: 20 * 1024 * 1024, default: 5 * 1024 * 1024 },
    "The largest image that a user may upload, in bytes.",
  ),
  PICTURE_MAX_PIXELS: integer(
    { min: 65_536, max: 200_000_000, default: 30_000_000 },
    "The most pixels of such an image, looked up before it is decoded; a decoded pixel takes 4 bytes of memory, of one image at a time.",
  ),
  S3_ENDPOINT: explained(httpsOrigin.optional(), {
    description:
      "Origin of the S3-compatible storage, with https unless it is this machine; the bucket becomes part of the path. Required with S3_BUCKET; default none.",
    example: "https://s3.eu-central-1.amazonaws.com",
  }),
  S3_REGION: explained(z.string().min(1).default("us-east-1"), {
    description: "The region that requests to the storage are signed for; default us-east-1.",
    example: "eu-central-1",
  }),
  S3_BUCKET: explained(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
      .optional(),
    {
      description:
        "The bucket for pictures, in its folder pictures/. Nobody but this server needs access; default none.",
      example: "gatehouse",
    },
  ),
  S3_ACCESS_KEY_ID: explained(z.string().min(1).optional(), {
    description:
      "The id of the storage's access key, which may read, write and delete objects. Required with S3_BUCKET.",
    example: "<id of an access key>",
  }),
  S3_SECRET_ACCESS_KEY: explained(z.string().min(1).optional(), {
    description: "The secret of that access key. Required with S3_BUCKET.",
    example: "<secret of the access key>",
  }),
  LIMIT_STORE: explained(z.enum(["memory", "postgres", "redis"]).optional(), {
    description:
      "Where limits are counted: memory (each instance alone), postgres or redis (all instances together); default redis with REDIS_URL, postgres with DATABASE_URL, memory otherwise.",
    example: "postgres",
  }),
  REDIS_URL: explained(z.url({ protocol: /^rediss?$/ }).optional(), {
    description: "URL of a Redis 6 or later, to count limits in; default none.",
    example: "redis://localhost:6379",
  }),
  LIMIT_ADDRESSES_PER_IPV4_24: limit(
    32,
    "Costly calls from an IPv4 /24 together get the budgets of this many addresses.",
  ),
  LIMIT_NETWORKS_PER_IPV6_48: limit(
    16,
    "Costly calls from an IPv6 /48 together get the budgets of this many of its /64s.",
  ),
  LIMIT_CALLS_PER_IP_PER_MINUTE: limit(
    3000,
    "Calls of any kind, and requests that call no procedure, from an address (in IPv6, a /64) in a minute, on each instance. Health checks are not counted.",
  ),
  LIMIT_LOGINS_PER_IP_PER_MINUTE: limit(30, "Sign-ins with a password from an address in a minute."),
  LIMIT_REGISTRATIONS_PER_IP_PER_HOUR: limit(100, "Registrations from an address in an hour."),
  LIMIT_SOCIAL_SIGN_INS_PER_IP_PER_MINUTE: limit(
    60,
    "Sign-ins at providers that begin or return from an address in a minute.",
  ),
  LIMIT_ANONYMOUS_USERS_PER_IP_PER_HOUR: limit(60, "Sign-ins without credentials from an address in an hour."),
  LIMIT_REFRESHES_PER_IP_PER_MINUTE: limit(600, "Refreshes of sessions from an address in a minute, on each instance."),
  LIMIT_RECOVERIES_PER_IP_PER_HOUR: limit(
    60,
    "Requests for a password reset or a magic link from an address in an hour.",
  ),
  LIMIT_REDEMPTIONS_PER_IP_PER_MINUTE: limit(30, "Tokens and codes presented from an address in a minute."),
  LIMIT_DEVICE_REGISTRATIONS_PER_IP_PER_HOUR: limit(600, "Anonymous device registrations from an address in an hour."),
  LIMIT_PUSH_ECHOES_PER_USER_PER_HOUR: limit(
    30,
    "Test messages to their own devices that a user may ask for in an hour.",
  ),
  LIMIT_SUBSCRIPTIONS: limit(10_000, "Subscriptions open at once on an instance; each takes about 40 KiB of memory."),
  LIMIT_SUBSCRIPTIONS_PER_USER: limit(20, "Subscriptions that a user has open at once on an instance."),
  LIMIT_SUBSCRIPTIONS_PER_IP: limit(1000, "Subscriptions open at once from an address on an instance."),
  LIMIT_SUBSCRIPTION_TICKETS_PER_USER_PER_MINUTE: limit(
    60,
    "Tickets for subscriptions that a user gets in a minute, on each instance.",
  ),
  LIMIT_SIGN_IN_CODES_PER_USER_PER_MINUTE: limit(
    30,
    "One-time codes by which a signed-in user hands their sign-in over to an app, in a minute.",
  ),
  LIMIT_UPLOADS: limit(
    16,
    "Uploads that an instance reads or works on at once; each takes up to PICTURE_MAX_BYTES of memory.",
  ),
  LIMIT_UPLOADS_PER_USER: limit(2, "Uploads of a user that an instance reads or works on at once."),
  LIMIT_PICTURES_PER_USER_PER_HOUR: limit(30, "Pictures that a user may upload in an hour."),
  LIMIT_LOGIN_FAILURES_PER_ACCOUNT: limit(
    5,
    "Failed sign-ins to an account before the next one has to wait, for 1, 2, 4 … seconds.",
  ),
  LIMIT_LOGIN_FAILURES_PER_IP: limit(
    50,
    "Failed sign-ins from an address before the next one has to wait in the same way.",
  ),
  LIMIT_LOGIN_MAX_DELAY_SECONDS: integer(
    { min: 1, max: 3600, default: 900 },
    "The longest of these waits, in seconds.",
  ),
  LIMIT_PASSWORD_PROOFS_PER_USER_PER_HOUR: limit(
    30,
    "Changes of a password and step-ups, which ask a signed-in user to prove who they are, in an hour.",
  ),
  LIMIT_PASSKEY_SIGN_INS_PER_IP_PER_MINUTE: limit(60, "Sign-ins with a passkey from an address in a minute."),
  LIMIT_PASSKEY_CHANGES_PER_USER_PER_HOUR: limit(
    60,
    "Passkeys that a user may begin to add, add, rename or remove in an hour.",
  ),
  LIMIT_API_KEYS_PER_USER_PER_HOUR: limit(30, "API keys that a user may ask for in an hour."),
  LIMIT_DATA_EXPORTS_PER_USER_PER_DAY: limit(5, "Copies of their data that a user may ask for in a day."),
  LIMIT_MAILS_PER_ADDRESS_PER_DAY: limit(
    10,
    "Mails of one kind to an address in a day that need not wait for mails requested by others; further ones share one pace. All unproven tagged addresses of a mailbox count as one address.",
  ),
  LIMIT_MAIL_SPACING_SECONDS: integer(
    { min: 0, max: 3600, default: 60 },
    "Seconds between the first and the second mail of a kind that one caller requests for a mailbox; each further pause is four times as long. 0 for no pause.",
  ),
  LIMIT_MAIL_MAX_SPACING_SECONDS: integer(
    { min: 1, max: 86_400, default: 3600 },
    "The longest of these pauses, in seconds. The owner of a proven address, or of one without a tag, never waits longer for a link, whatever others do.",
  ),
  LIMIT_MAILS_PER_USER_PER_DAY: limit(30, "Mails that a signed-in user may cause in a day."),
  LIMIT_MAILS_PER_IP_PER_HOUR: limit(60, "Mails that may be caused from an IP address in an hour."),
  LIMIT_SECURITY_MAILS_PER_USER_PER_DAY: limit(
    20,
    "Warnings of one kind to a user in a day, such as mails about new sign-ins, on each instance.",
  ),
  LIMIT_SMS_PER_NUMBER_PER_DAY: limit(
    5,
    "SMS to a phone number in a day for accounts younger than a day, again as many for older accounts, and again as many for registrations. Three fifths of each are kept for accounts, or networks that register, that have had none for the number that day, and one network gets at most three fifths.",
  ),
  LIMIT_SMS_PER_USER_AND_NUMBER_PER_DAY: limit(3, "SMS to a phone number in a day that one user asks for."),
  LIMIT_SMS_PER_PREFIX_PER_DAY: limit(
    100,
    "SMS to the 10,000 phone numbers of a range in a day; a fifth is kept for accounts older than a day, and registrations get at most half.",
  ),
  LIMIT_SMS_PER_USER_PER_DAY: limit(10, "SMS that a user may cause in a day."),
  LIMIT_SMS_PER_IP_PER_DAY: limit(
    20,
    "SMS that may be caused from an IP address in a day; half of them by registrations.",
  ),
  LIMIT_SMS_PER_DAY: limit(
    1000,
    "SMS in a day altogether, which bounds their cost; a fifth is kept for accounts older than a day, and registrations get at most half.",
  ),
  OPERATOR_EMAIL: explained(z.email().optional(), {
    description:
      "The address that is told what an operator has to mend, such as a webhook that was paused. Default none: only the log says it.",
    example: "operations@example.com",
  }),
  OPERATOR_LOCALE: explained(z.enum(languages).default("en"), {
    description: "The language of these mails: en or es; default en.",
    example: "en",
  }),
  OUTBOUND_PORTS: explained(ports.default([443]), {
    description:
      "Comma-separated ports of the addresses that administrators give the server to call, such as webhooks, or any; default 443.",
    example: "443,8443",
  }),
  OUTBOUND_INSIDE: explained(addressRanges.default([]), {
    description:
      "Comma-separated addresses or CIDR ranges of your own network that such calls may reach; any other address that is not public is refused; default none.",
    example: "10.20.0.0/16",
  }),
  OUTBOUND_HTTP: explained(z.enum(["on", "off"]).default("off"), {
    description:
      "on allows such addresses to be http, for development; production and staging refuse to start with it; default off.",
    example: "off",
  }),
  WEBHOOK_SECRET_OVERLAP_HOURS: integer(
    { min: 0, max: 720, default: 24 },
    "Hours for which the old secret of a webhook signs too after a rotation.",
  ),
  WEBHOOK_PAUSE_DAYS: integer(
    { min: 0, max: 90, default: 5 },
    "Days of failures without a success after which a webhook is paused. 0 never pauses one.",
  ),
  WEBHOOK_RETENTION_DAYS: integer(
    { min: 7, max: 3660, default: 30 },
    "Days for which events and their deliveries to webhooks are kept.",
  ),
  NOTIFICATION_RETENTION_DAYS: integer(
    { min: 30, max: 3660, default: 90 },
    "Days for which notifications and their deliveries are kept; deliveries are dropped by whole months.",
  ),
  JOBS: explained(z.enum(["on", "off"]).default("on"), {
    description: "on runs jobs (mail, purging) in the server's process; off leaves them to workers; default on.",
    example: "on",
  }),
  JOBS_CONCURRENCY: integer({ min: 1, max: 100, default: 4 }, "Jobs of each kind that a process runs at once."),
  SHUTDOWN_TIMEOUT_SECONDS: integer(
    { min: 1, max: 300, default: 10 },
    "Seconds that running requests and jobs get to finish when the server stops.",
  ),
});

/** The values of the variables, parsed. */
export type VariableValues = z.output<typeof variables>;

/** Lists every variable with its rule and an example, in order. A test compares `.env.example` with this list. */
export function describeVariables(): readonly ({ readonly name: string } & VariableNotes)[] {
  return Object.entries(variables.shape).map(([name, schema]) => {
    const { description, example } = schema.meta() ?? {};
    return { name, description: String(description), example: String(example) };
  });
}
