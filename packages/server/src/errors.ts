import type { PasswordRefusalReason } from "./password-refusal.ts";
import type { StepUpChallenge } from "./step-up-challenge.ts";

/** What callers and operators must know about an error code. */
interface ErrorDefinition {
  /** HTTP status of the answer, over REST and over RPC. */
  readonly status: number;
  /** One short sentence, the same for every occurrence (RFC 9457 `title`). */
  readonly title: string;
  /** What happened, in general. */
  readonly meaning: string;
  /** What the caller does about it. */
  readonly remedy: string;
}

// One table on purpose, although it is long: each code is looked up here with its status and texts.
/**
 * Every error code that this server returns. `docs/errors.md` and the client's union of codes are generated from it; no other
 * file defines a code.
 */
export const errorRegistry = {
  INVALID_INPUT: {
    status: 400,
    title: "The input is not valid",
    meaning: "One or more fields are missing, unknown, or break their rule; `errors` names each with its path.",
    remedy: "Correct the fields named in `errors` and send the request again.",
  },
  INVALID_BODY: {
    status: 400,
    title: "The body cannot be read",
    meaning:
      "The body is not well-formed JSON, is nested more than 64 levels deep, has more than 10,000 values, contains a forbidden key such as `__proto__`, or was cut off. Over RPC: it is not superjson, or has annotations that no input takes; an input in the address is judged the same.",
    remedy: "Send one well-formed JSON document; `detail` says what is wrong with it.",
  },
  INVALID_REQUEST: {
    status: 400,
    title: "The request cannot be understood",
    meaning: "The address, a header or the form of the request breaks HTTP or the protocol used.",
    remedy: "Correct the request; `detail` says what is wrong with it.",
  },
  CREDENTIALS_CONFLICT: {
    status: 400,
    title: "A cookie and another token contradict each other",
    meaning:
      "A token came in a cookie and another in the body or the `Authorization` header, so that it is not clear who calls. Neither was used.",
    remedy: "Send one of the two; a page that signs in with cookies has no other token to send.",
  },
  PASSWORD_TOO_WEAK: {
    status: 400,
    title: "The password is too easy to guess",
    meaning:
      "The new password is too short or too easy to guess: a common one, a repetition, a series, a walk on the keyboard, a date, made of the owner's names or of the service's, of too few or too common words, or known from a data breach.",
    remedy:
      "Ask for another password. `errors` has the `reason`, for programs, and a `message` for people that says what would do.",
  },
  EMAIL_TOKEN_INVALID: {
    status: 400,
    title: "The link is not valid",
    meaning:
      "The token of a link by mail is wrong, expired, used, or made for something else, or the address that it proves has changed meanwhile.",
    remedy: "Ask for a new link.",
  },
  PASSWORD_RESET_TOKEN_INVALID: {
    status: 400,
    title: "The link to reset the password is not valid",
    meaning:
      "The token is wrong, expired, used, or made for something else, or the account's password or address has changed meanwhile.",
    remedy: "Ask for a new link at `POST /v1/auth/password/forgot`.",
  },
  MAGIC_LINK_INVALID: {
    status: 400,
    title: "The sign-in link is not valid",
    meaning:
      "The token is wrong, expired, used, or made for something else, or the account's password or address has changed meanwhile.",
    remedy: "Ask for a new link at `POST /v1/auth/magic-link`.",
  },
  PHONE_CODE_INVALID: {
    status: 400,
    title: "The code is not valid",
    meaning: "The code is wrong, expired or used, no code was sent, or five guesses were made of this one.",
    remedy: "Ask for the code again; after five guesses, have a new one sent.",
  },
  UNAUTHENTICATED: {
    status: 401,
    title: "Signing in is required",
    meaning: "The call needs an access token, or an API key with its scope, and none was sent.",
    remedy: "Sign in and send `Authorization: Bearer <access token>`, or the cookies that the sign-in set.",
  },
  ACCESS_TOKEN_INVALID: {
    status: 401,
    title: "The access token is not accepted",
    meaning:
      "What was sent as `Authorization: Bearer <access token>`, or in its cookie, is malformed, expired, not ours, or its session has ended. Of an API key: it is malformed, expired or revoked, or its user may not sign in. The answer does not say which.",
    remedy:
      "Refresh the session once and repeat the call; where that fails too, sign in again. In place of an API key use another.",
  },
  SUBSCRIPTION_TICKET_INVALID: {
    status: 401,
    title: "The ticket is not accepted",
    meaning: "The ticket of a subscription is malformed, expired, not ours, or was used before.",
    remedy: "Ask for a new ticket at `POST /v1/auth/subscription-tickets`; each opens one subscription.",
  },
  INVALID_CREDENTIALS: {
    status: 401,
    title: "The credentials are wrong",
    meaning: "No account has this identifier and password together. The answer does not say which is wrong.",
    remedy: "Ask for the identifier and the password again.",
  },
  REFRESH_TOKEN_INVALID: {
    status: 401,
    title: "The refresh token is not accepted",
    meaning: "The refresh token is missing, malformed, expired or not ours, or its session has ended.",
    remedy: "Drop the stored session and sign in again.",
  },
  REFRESH_TOKEN_REUSED: {
    status: 401,
    title: "The refresh token was used before",
    meaning:
      "A refresh token that was replaced came back, later than the grace time and without the attempt key that it was replaced with, or after it was replaced twice. Somebody may have copied it. The session has ended for everybody who holds a token of it.",
    remedy: "Drop the stored session and sign in again.",
  },
  FORBIDDEN: {
    status: 403,
    title: "Not allowed",
    meaning: "The signed-in user may not do this.",
    remedy: "Sign in as a user with the role that the operation requires.",
  },
  INSUFFICIENT_SCOPE: {
    status: 403,
    title: "The API key may not do this",
    meaning:
      "The API key is good, and either does not have the scope that the operation takes, which `WWW-Authenticate` names, or the operation takes a signed-in user and no key at all.",
    remedy: "Create a key with the scope, or call with an access token.",
  },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    title: "Pages of this origin may not use cookies here",
    meaning:
      "The call brings or asks for session cookies, and its `Origin` header is neither `PUBLIC_URL` nor an origin that `CORS_ORIGINS` names. `*` names none.",
    remedy: "Name the origin of the page in `CORS_ORIGINS`, or sign in without `transport: cookie`.",
  },
  CURRENT_PASSWORD_INVALID: {
    status: 403,
    title: "The current password is missing or wrong",
    meaning: "What was asked for takes the account's password besides the session.",
    remedy: "Ask for the current password and send it again, in the field where the operation takes it.",
  },
  STEP_UP_REQUIRED: {
    status: 403,
    title: "Proving again who you are is required",
    meaning:
      "The operation takes a session whose user proved who they are a short while ago (RFC 9470); in this one it was too long ago. `methods` names what would do for this account, and `max_age` in `WWW-Authenticate` how long a proof counts, in seconds.",
    remedy:
      "Ask the user for one of `methods`, send it to `POST /v1/auth/sudo`, and repeat the call; where `methods` is empty, have them sign in again.",
  },
  EMAIL_NOT_VERIFIED: {
    status: 403,
    title: "The email address is not verified",
    meaning:
      "What was asked for takes an address that is proven: an API key does, and signing in where the server lets in only who proved theirs (`REGISTRATION_MODE=verified`).",
    remedy:
      "Open the link in the mail. Signed in: have the link sent again at `POST /v1/auth/email/verification`. Otherwise: ask for a magic link or a new password, which prove the address too.",
  },
  ACCOUNT_DISABLED: {
    status: 403,
    title: "The account is disabled",
    meaning: "The credentials are right, and the account was disabled or deactivated.",
    remedy: "Ask an administrator to enable the account.",
  },
  DEVICE_SECRET_INVALID: {
    status: 403,
    title: "The device secret is missing or wrong",
    meaning: "This installation is registered already; changing it without signing in takes its secret.",
    remedy:
      "Send the `deviceSecret` that the first registration answered with, or sign in and link the device, which then starts clean. An app whose installation was taken by another makes up another `installationId`.",
  },
  NOT_FOUND: {
    status: 404,
    title: "Not found",
    meaning: "There is nothing at this address, or the caller may not know of it.",
    remedy: "Check the address or the identifier.",
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: "The method is not allowed here",
    meaning: "The address exists and does not answer this HTTP method; `Allow` lists those it does.",
    remedy: "Use one of the methods in the `Allow` header.",
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: "The request took too long to arrive",
    meaning:
      "The headers and the body had not arrived in full within `REQUEST_TIMEOUT_SECONDS`; the connection is closed.",
    remedy: "Send the request again, on a new connection.",
  },
  EMAIL_TAKEN: {
    status: 409,
    title: "The email address is taken",
    meaning: "An account with this address exists; case and Unicode form do not make a difference.",
    remedy: "Sign in instead, or use another address.",
  },
  USERNAME_TAKEN: {
    status: 409,
    title: "The username is taken",
    meaning: "An account with this username exists; case does not make a difference.",
    remedy: "Choose another username.",
  },
  PHONE_TAKEN: {
    status: 409,
    title: "The telephone number is taken",
    meaning: "Another account has proved this number; only who proves it too is told.",
    remedy: "Use another number, or sign in to the other account.",
  },
  DEVICE_LINKED_TO_ANOTHER_USER: {
    status: 409,
    title: "The device belongs to another user",
    meaning:
      "Another user is signed in on this installation, and it belongs to one user at a time. A sign-in that names it succeeds, without the device: see `deviceStatus` in its answer.",
    remedy:
      "Log the other user out on the device, or send its `deviceSecret`. An app that has lost it makes up another `installationId`.",
  },
  API_KEY_LIMIT_REACHED: {
    status: 409,
    title: "The account has as many API keys as it may",
    meaning: "As many of the account's keys work as this server allows (`API_KEYS_PER_USER`).",
    remedy: "Revoke a key that is no longer used.",
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    title: "The body is too large",
    meaning:
      "The body is larger than calls of this procedure may be: `MAX_BODY_BYTES`, 64 KiB by default, unless the procedure takes more. A batch may be as large as the least that one of its procedures takes.",
    remedy: "Send less in one request, and what is large in a request of its own.",
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: "The media type is not supported",
    meaning: "The body is of a type that this address does not read.",
    remedy: "Send JSON with `Content-Type: application/json`.",
  },
  EXPECTATION_FAILED: {
    status: 417,
    title: "The expectation cannot be met",
    meaning: "The `Expect` header asks for something other than `100-continue`; the connection is closed.",
    remedy: "Send the request without the header.",
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: "Too many requests",
    meaning: "The server is asked for more of this than it can or will do now.",
    remedy: "Wait for the seconds named in `Retry-After`, then try again.",
  },
  TOO_MANY_SUBSCRIPTIONS: {
    status: 429,
    title: "Too many subscriptions are open",
    meaning: "The user, their address or all together have as many subscriptions open as this server lets them.",
    remedy: "Close subscriptions that are not needed, one for each app is enough, or try again later.",
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: "The headers are too large",
    meaning: "The request's headers exceed the limit of the HTTP server (16 KiB).",
    remedy: "Send fewer or shorter headers.",
  },
  REQUEST_CANCELLED: {
    status: 499,
    title: "The request was cancelled",
    meaning: "The caller closed the connection before the answer was ready.",
    remedy: "None; send it again if it is still wanted.",
  },
  INTERNAL_ERROR: {
    status: 500,
    title: "Internal error",
    meaning: "The server failed; the fault is not the caller's. The log has the details under `requestId`.",
    remedy: "Try again later; if it persists, report the `requestId`.",
  },
  EMAIL_NOT_CONFIGURED: {
    status: 503,
    title: "This server sends no mail",
    meaning: "The operation does nothing but send a mail, and the server was not told of a mail server (`SMTP_URL`).",
    remedy: "Use another way, or ask the operator to configure mail.",
  },
  SMS_NOT_CONFIGURED: {
    status: 503,
    title: "This server sends no text messages",
    meaning: "The operation sends a text message, and the server was not told of a provider (`TWILIO_ACCOUNT_SID`).",
    remedy: "Use another way, or ask the operator to configure text messages.",
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    title: "The service is not available",
    meaning: "The server is starting, stopping, or cannot reach its database.",
    remedy: "Try again after a moment.",
  },
} as const satisfies Record<string, ErrorDefinition>;

/** A code of the registry: stable, meant for programs. */
export type GatehouseErrorCode = keyof typeof errorRegistry;

/** One mistake in an input: where, and what. */
export interface FieldError {
  /** Keys joined by dots, as in `device.platform`; empty for the input as a whole. */
  readonly path: string;
  readonly message: string;
  /** Why a password is refused; on no other field. */
  readonly reason?: PasswordRefusalReason;
}

interface GatehouseErrorOptions {
  /** What happened this time; shown to the caller, so it holds no secret. Default: the title. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Seconds until another try is worth making; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Belongs to `STEP_UP_REQUIRED`. */
  readonly stepUp?: StepUpChallenge;
  /** The scope that an API key would have needed (RFC 6750, 3.1); sent in `WWW-Authenticate`. */
  readonly requiredScope?: string;
  /** What caused it; logged, never sent. */
  readonly cause?: unknown;
}

/** The only error that services throw on purpose; `rpc/` and `http/` turn it into responses. */
export class GatehouseError extends Error {
  override readonly name = "GatehouseError";
  readonly code: GatehouseErrorCode;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;
  readonly stepUp: StepUpChallenge | undefined;
  readonly requiredScope: string | undefined;

  constructor(code: GatehouseErrorCode, options: GatehouseErrorOptions = {}) {
    super(options.detail ?? errorRegistry[code].title, { cause: options.cause });
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.stepUp = options.stepUp;
    this.requiredScope = options.requiredScope;
  }

  get status(): number {
    return errorRegistry[this.code].status;
  }
}
