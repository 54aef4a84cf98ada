import type { PasswordRefusalReason } from "./password-refusal.ts";
import type { StepUpChallenge } from "./step-up-challenge.ts";

/** The description of an error code, for callers and operators. */
interface ErrorDefinition {
  /** The HTTP status of the response, over REST and over RPC. */
  readonly status: number;
  /** One short sentence, the same for every occurrence (RFC 9457 `title`). */
  readonly title: string;
  /** The meaning of the code, for every occurrence. */
  readonly meaning: string;
  /** The action that the caller should take. */
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
      "The body is not well-formed JSON, is nested more than 64 levels deep, has more than 10,000 values, contains a forbidden key such as `__proto__`, or was cut off. Over RPC: the body is not superjson, or has annotations that inputs do not accept. The same rules apply to an input in the address.",
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
      "The call has a token in a cookie and a different one in the body or the `Authorization` header, so the caller is not clear. The server used neither.",
    remedy: "Send only one of the two. A page that signs in with cookies needs no other token.",
  },
  PASSWORD_TOO_WEAK: {
    status: 400,
    title: "The password is too easy to guess",
    meaning:
      "The new password is too short, too easy to guess, or known from a data breach. Easy to guess are common passwords, repetitions, series, neighbouring keys, dates, names of the owner or the service, and phrases of too few or too common words.",
    remedy:
      "Ask for another password. `errors` has a `reason` for programs, and a `message` for people that suggests what to choose.",
  },
  EMAIL_TOKEN_INVALID: {
    status: 400,
    title: "The link is not valid",
    meaning:
      "The token from the mail is wrong, expired, already used or for another purpose, or the address that it proves has changed since.",
    remedy: "Ask for a new link.",
  },
  RESTORATION_TOKEN_INVALID: {
    status: 400,
    title: "The link does not restore an account",
    meaning:
      "The token from the mail is wrong, expired or already used, or the account was restored in another way since, or is erased.",
    remedy:
      "Sign in if the account was restored. Otherwise ask the operator, who can restore an account until it is erased.",
  },
  EXPORT_TOKEN_INVALID: {
    status: 400,
    title: "The link is not valid",
    meaning: "The token from the mail is wrong, expired or already used.",
    remedy: "Ask for another copy of your data.",
  },
  PASSWORD_RESET_TOKEN_INVALID: {
    status: 400,
    title: "The link to reset the password is not valid",
    meaning:
      "The token is wrong, expired, already used or for another purpose, or the account's password or address has changed since.",
    remedy: "Ask for a new link at `POST /v1/auth/password/forgot`.",
  },
  MAGIC_LINK_INVALID: {
    status: 400,
    title: "The sign-in link is not valid",
    meaning:
      "The token is wrong, expired, already used or for another purpose, or the account's password or address has changed since.",
    remedy: "Ask for a new link at `POST /v1/auth/magic-link`.",
  },
  PASSKEY_REFUSED: {
    status: 400,
    title: "The passkey cannot be added",
    meaning:
      "The authenticator's answer is damaged, is for another page, site or account, did not verify the user, or its challenge is expired or already used.",
    remedy: "Ask for new options at `POST /v1/auth/passkeys/options`, and let the user try again.",
  },
  SIGN_IN_CODE_INVALID: {
    status: 400,
    title: "The sign-in code is not valid",
    meaning:
      "The code is wrong, expired, already used, or not for this verifier, or the session that handed it over has ended. If it was used before, the session that it gave has ended too.",
    remedy: "Begin the sign-in again, with a new verifier.",
  },
  REDIRECT_NOT_ALLOWED: {
    status: 400,
    title: "The redirect address is not allowed",
    meaning:
      "The address at which the sign-in should continue is not among `ALLOWED_REDIRECTS` of the server, or is not written as browsers write it: without a user, a fragment, a backslash, dot segments or upper case in its host.",
    remedy: "Send an allowed address. Operators: add the app's address to `ALLOWED_REDIRECTS`.",
  },
  SOCIAL_SIGN_IN_INVALID: {
    status: 400,
    title: "The sign-in at the provider is not valid",
    meaning:
      "This browser began no sign-in at this provider within the last ten minutes, or began another one since, or what the provider sent back is not its own, not for this server or not of this sign-in.",
    remedy: "Begin the sign-in again. If it keeps failing, the server's log says why.",
  },
  SOCIAL_CREDENTIAL_INVALID: {
    status: 400,
    title: "The provider's token is not valid",
    meaning:
      "The id token or access token is wrong, expired or more than ten minutes old, was issued by another issuer or for another app, or has another nonce.",
    remedy: "Get a new token of the provider's library, with a new nonce, and send it at once.",
  },
  PHONE_CODE_INVALID: {
    status: 400,
    title: "The code is not valid",
    meaning:
      "The code is wrong, expired or already used, no code was sent, or this code has had five wrong guesses. A registration by a number may have expired too.",
    remedy:
      "Ask the user for the code again; after five guesses, request a new one, at a registration by `POST /v1/auth/register/resend`, for a new password by `POST /v1/auth/password/code`.",
  },
  REGISTRATION_INVALID: {
    status: 400,
    title: "The registration does not wait for a code any more",
    meaning: "The registration was confirmed, has waited for more than an hour, or never existed.",
    remedy: "Register again, or sign in if it was confirmed.",
  },
  MFA_CHALLENGE_INVALID: {
    status: 400,
    title: "The challenge is not valid",
    meaning:
      "The challenge of a sign-in that takes a second factor is wrong, older than five minutes or already used, or had five wrong answers.",
    remedy: "Sign in again, which gives another challenge.",
  },
  SECOND_FACTOR_INVALID: {
    status: 400,
    title: "The second factor is not valid",
    meaning: "The code is wrong, too old or already used, or it is no recovery code of the account that still works.",
    remedy: "Ask the user for the next code of the app. A challenge takes five answers; after them, sign in again.",
  },
  PICTURE_INVALID: {
    status: 400,
    title: "The image cannot be used as a picture",
    meaning:
      "The file is not a PNG, JPEG or WebP image by its content, is damaged, or has more pixels than `PICTURE_MAX_PIXELS`.",
    remedy: "Upload another image, or a smaller one; `detail` says what is wrong with this one.",
  },
  UNAUTHENTICATED: {
    status: 401,
    title: "Signing in is required",
    meaning: "The call needs an access token, or an API key with the scope of the operation, and has neither.",
    remedy: "Sign in and send `Authorization: Bearer <access token>`, or the cookies that the sign-in set.",
  },
  ACCESS_TOKEN_INVALID: {
    status: 401,
    title: "The access token is not accepted",
    meaning:
      "The access token, from the `Authorization` header or the cookie, is malformed, expired or not from this server, or its session has ended. An API key is malformed, unknown, expired or revoked, or its user may not sign in or has no verified address. The answer does not say which.",
    remedy:
      "Refresh the session once and repeat the call; if that fails too, sign in again. Replace an API key by another.",
  },
  SUBSCRIPTION_TICKET_INVALID: {
    status: 401,
    title: "The ticket is not accepted",
    meaning: "The ticket of a subscription is malformed, expired, already used or not from this server.",
    remedy: "Ask for a new ticket at `POST /v1/auth/subscription-tickets`. Each ticket opens one subscription.",
  },
  INVALID_CREDENTIALS: {
    status: 401,
    title: "The credentials are wrong",
    meaning: "No account has this identifier with this password. The answer does not say which is wrong.",
    remedy: "Ask for the identifier and the password again.",
  },
  PASSKEY_INVALID: {
    status: 401,
    title: "The passkey is not accepted",
    meaning:
      "The passkey is unknown or was removed, its answer is damaged, is for another page or site, or did not verify the user, its challenge is expired, already used or for something else, or its counter went backwards, which can mean that the passkey was copied. The answer does not say which.",
    remedy: "Ask for new options and let the user try again, or sign in in another way.",
  },
  REFRESH_TOKEN_INVALID: {
    status: 401,
    title: "The refresh token is not accepted",
    meaning: "The refresh token is missing, malformed, expired or not from this server, or its session has ended.",
    remedy: "Drop the stored session and sign in again.",
  },
  REFRESH_TOKEN_REUSED: {
    status: 401,
    title: "The refresh token was used before",
    meaning:
      "A replaced refresh token was used again: after the grace time and without the attempt key of its own refresh, or after its successor was replaced too. Somebody may have copied it. The session has ended for everybody who holds one of its tokens.",
    remedy: "Drop the stored session and sign in again.",
  },
  FORBIDDEN: {
    status: 403,
    title: "Not allowed",
    meaning: "The signed-in user may not do this.",
    remedy:
      "Sign in as a user whose roles have the permission that the operation requires; docs/permissions.md lists them.",
  },
  IMPERSONATION_REFUSED: {
    status: 403,
    title: "Not in somebody else's name",
    meaning:
      "The session is an administrator's who acts in the user's name. It cannot touch credentials, addresses, numbers, keys, sessions or the account itself, nor use the user's permissions.",
    remedy: "Leave it to the user, or end the impersonation and use the administrator's own session.",
  },
  INSUFFICIENT_SCOPE: {
    status: 403,
    title: "The API key may not do this",
    meaning:
      "The API key is valid but lacks the scope of the operation, which `WWW-Authenticate` names, or the operation accepts only signed-in users.",
    remedy: "Create a key with that scope, or call with an access token.",
  },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    title: "Pages of this origin may not use cookies here",
    meaning:
      "The call sends or requests session cookies, and its `Origin` header is neither `PUBLIC_URL` nor an origin named in `CORS_ORIGINS`. `*` names none, except in development the pages of this machine.",
    remedy: "Add the origin of the page to `CORS_ORIGINS`, or sign in without `transport: cookie`.",
  },
  CURRENT_PASSWORD_INVALID: {
    status: 403,
    title: "The current password is missing or wrong",
    meaning: "The operation requires the account's password in addition to the session.",
    remedy: "Ask the user for the current password and send it in the field that the operation has for it.",
  },
  STEP_UP_REQUIRED: {
    status: 403,
    title: "Proving again who you are is required",
    meaning:
      "The operation requires a session whose user proved recently who they are (RFC 9470), and the last proof of this session is too old. `methods` lists the proofs that this account can give, and `max_age` in `WWW-Authenticate` says for how many seconds a proof counts.",
    remedy:
      "Ask the user for one of `methods`, send it to `POST /v1/auth/sudo`, and repeat the call. If `methods` is empty, let the user sign in again.",
  },
  SECOND_FACTOR_REQUIRED: {
    status: 403,
    title: "A second factor is required",
    meaning:
      "One of the user's roles requires a second factor (`MFA_REQUIRED_ROLES`), and none was proven in this session. An API key needs an account that has one.",
    remedy:
      "If `GET /v1/auth/mfa` names no factor, set one up at `POST /v1/auth/mfa/totp`, or add a passkey. Otherwise prove it at `POST /v1/auth/sudo`.",
  },
  ANONYMOUS_USERS_OFF: {
    status: 403,
    title: "Nobody signs in without credentials here",
    meaning: "The operator has not allowed anonymous users (`ANONYMOUS_USERS`).",
    remedy: "Register an account, or sign in to one.",
  },
  ANONYMOUS_ACCOUNT: {
    status: 403,
    title: "The account is anonymous",
    meaning:
      "The call takes a proof of who the user is, or takes or changes an identifier, and an anonymous account has neither.",
    remedy:
      "Make it a full account first, at `POST /v1/auth/anonymous/upgrade`, or by a provider that vouches for an address at `POST /v1/auth/identities`.",
  },
  EMAIL_NOT_VERIFIED: {
    status: 403,
    title: "The email address is not verified",
    meaning:
      "The operation requires a verified email address. API keys and copies of one's data always do, and signing in does with `REGISTRATION_MODE=verified`.",
    remedy:
      "Open the link in the mail. A signed-in user can request it again at `POST /v1/auth/email/verification`. Others can request a magic link or a new password, which verify the address too.",
  },
  EMAIL_MISSING: {
    status: 403,
    title: "The account has no email address",
    meaning:
      "The operation sends a mail, or requires a verified email address, and the account has none. Nothing can be recovered by mail for it.",
    remedy:
      "Add an address at `POST /v1/auth/email/change`, and open the link that it gets. An administrator asks the user to do so.",
  },
  SOCIAL_SIGN_IN_DENIED: {
    status: 403,
    title: "The sign-in at the provider was denied",
    meaning: "The user, or the provider for them, said no, or the provider needs something that was not given to it.",
    remedy: "Offer the sign-in again, or another way.",
  },
  ACCOUNT_DISABLED: {
    status: 403,
    title: "The account is disabled",
    meaning: "The credentials are right, but the account is disabled or deactivated.",
    remedy: "Ask an administrator to enable the account.",
  },
  DEVICE_SECRET_INVALID: {
    status: 403,
    title: "The device secret is missing or wrong",
    meaning: "This installation is already registered. Changing it without signing in requires its secret.",
    remedy:
      "Send the `deviceSecret` that the first registration returned, or sign in and link the device, which then starts clean. If somebody else took the installation, the app generates another `installationId`.",
  },
  NOT_FOUND: {
    status: 404,
    title: "Not found",
    meaning: "Nothing exists at this address, or the caller may not see it.",
    remedy: "Check the address or the identifier.",
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: "The method is not allowed here",
    meaning: "The address exists but does not support this HTTP method; `Allow` lists the supported ones.",
    remedy: "Use one of the methods in the `Allow` header.",
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: "The request took too long to arrive",
    meaning:
      "The headers and the body did not arrive completely within `REQUEST_TIMEOUT_SECONDS`. The server closes the connection.",
    remedy: "Send the request again, on a new connection.",
  },
  EMAIL_TAKEN: {
    status: 409,
    title: "The email address is taken",
    meaning: "An account with this address exists; letter case and Unicode form are ignored.",
    remedy: "Sign in instead, or use another address.",
  },
  IDENTITY_NOT_LINKED: {
    status: 409,
    title: "The identity belongs to no account yet",
    meaning:
      "No account has this identity, and it cannot decide whose it is: the provider gives no email address, or does not vouch for it while an account has it or while this server creates accounts for proven addresses alone; or this server registers no addresses.",
    remedy:
      "Let the user sign in to their account in another way, or register, and then link the provider at `POST /v1/auth/identities`.",
  },
  IDENTITY_TAKEN: {
    status: 409,
    title: "The identity belongs to another account",
    meaning: "Another account is linked to this identity. An identity belongs to one account at most.",
    remedy: "Sign in by it to that account and unlink it there, or link another identity.",
  },
  USERNAME_TAKEN: {
    status: 409,
    title: "The username is taken",
    meaning:
      "An account has this username, or one that looks like it, such as `pau1` for `paul`; letter case is ignored.",
    remedy: "Choose another username.",
  },
  USERNAME_RESERVED: {
    status: 409,
    title: "The username is reserved",
    meaning:
      "Nobody may choose this username, or one that looks like it: it could pass for the operator. The setting `RESERVED_USERNAMES` names more.",
    remedy: "Ask for another username.",
  },
  EMAIL_PRESENT: {
    status: 409,
    title: "The account has an email address",
    meaning:
      "Links to choose a password are handed out only for accounts without an address. The owner of this one gets mail.",
    remedy: "Call `POST /v1/users/{id}/require-password-change`, which mails the link.",
  },
  PHONE_TAKEN: {
    status: 409,
    title: "The telephone number is taken",
    meaning: "Another account has verified this number. Only a caller who verifies it too gets this error.",
    remedy: "Use another number, or sign in to the other account.",
  },
  DEVICE_LINKED_TO_ANOTHER_USER: {
    status: 409,
    title: "The device belongs to another user",
    meaning:
      "Another user is signed in on this installation, which belongs to one user at a time. A sign-in that names it succeeds without the device: see `deviceStatus` in its answer.",
    remedy:
      "Log the other user out on the device, or send its `deviceSecret`. An app that has lost the secret generates another `installationId`.",
  },
  ROLE_EXISTS: {
    status: 409,
    title: "There is a role of this name",
    meaning: "A role with this name exists.",
    remedy: "Choose another name, or change the role that there is.",
  },
  ROLE_FIXED: {
    status: 409,
    title: "A built-in role does not allow this change",
    meaning:
      "The role is Gatehouse's own: `admin` always has every permission, and `admin`, `support` and `user` always exist.",
    remedy: "Create a role of your own. The permissions of `support` and `user` can be changed.",
  },
  ROLE_IN_USE: {
    status: 409,
    title: "Somebody has the role",
    meaning: "A role can be deleted only when nobody has it, and no group carries it.",
    remedy:
      "Take the role from its users and groups first; `GET /v1/users?role=` lists the users, and `GET /v1/groups` the groups.",
  },
  GROUP_EXISTS: {
    status: 409,
    title: "There is a group of this name",
    meaning: "A group has this name already; upper and lower case make no difference.",
    remedy: "Choose another name, or change the group that there is.",
  },
  LAST_ADMIN: {
    status: 409,
    title: "This is the last administrator",
    meaning:
      "The account is the only active one with the role `admin`, so it keeps the role, and is neither disabled, deactivated nor deleted.",
    remedy: "Give another active account the role `admin` first.",
  },
  ACCOUNT_NOT_ANONYMOUS: {
    status: 409,
    title: "The account is not anonymous",
    meaning: "The account has an identifier already; perhaps another call has just given it one.",
    remedy: "Read the account again. Its address is changed at `POST /v1/auth/email/change`.",
  },
  SECOND_FACTOR_EXISTS: {
    status: 409,
    title: "The account has this second factor already",
    meaning:
      "Sign-ins to the account take this factor already: the codes of an authenticator app, codes by mail, or a passkey.",
    remedy: "Remove it first, to set it up anew.",
  },
  SECOND_FACTOR_NOT_OFFERED: {
    status: 409,
    title: "This second factor is not taken here",
    meaning:
      "The server takes no codes by mail as a second factor (`MFA_EMAIL_CODES`), or the account does not, or this sign-in began with a link by mail, which proves the same mailbox. Or a passkey was asked for, and the account has none.",
    remedy: "Use one of the challenge's `methods`, or another second factor.",
  },
  SECOND_FACTOR_MISSING: {
    status: 409,
    title: "The account has no such second factor",
    meaning:
      "There is nothing to confirm, to remove or to give recovery codes for, or no passkey that could be a second factor.",
    remedy: "Set up a second factor at `POST /v1/auth/mfa/totp`, or add a passkey at `POST /v1/auth/passkeys/options`.",
  },
  PASSKEY_TAKEN: {
    status: 409,
    title: "The passkey is registered already",
    meaning: "The passkey belongs to an account, this one or another. A passkey signs in to one account.",
    remedy: "Let the user make another passkey, or sign in with the one that there is.",
  },
  PASSKEY_LIMIT_REACHED: {
    status: 409,
    title: "The account has as many passkeys as it may",
    meaning: "The account has as many passkeys as this server allows (`PASSKEYS_PER_USER`).",
    remedy: "Remove a passkey that is no longer used.",
  },
  LAST_WAY_IN: {
    status: 409,
    title: "This is the last way in",
    meaning:
      "Nobody could sign in to the account any more: it would have no password, no passkey, no identity at a provider, and no verified address to which this server sends links.",
    remedy: "Set a password, add another passkey, link another identity, or verify the address first.",
  },
  API_KEY_LIMIT_REACHED: {
    status: 409,
    title: "The account has as many API keys as it may",
    meaning: "The account has as many working API keys as this server allows (`API_KEYS_PER_USER`).",
    remedy: "Revoke a key that is no longer used.",
  },
  WEBHOOK_LIMIT_REACHED: {
    status: 409,
    title: "There are as many webhooks as there may be",
    meaning: "The server has 100 webhooks. Each event is delivered to each of them that listens to its type.",
    remedy: "Delete a webhook that is no longer used, or let one receiver pass the events on.",
  },
  WEBHOOK_NOT_ACTIVE: {
    status: 409,
    title: "The webhook is not active",
    meaning: "The webhook is disabled, was paused after days of failures, or its receiver answered 410.",
    remedy: "Set its `status` to `active` by `PATCH /v1/webhooks/{id}`, and try again.",
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    title: "The idempotency key was used for something else",
    meaning: "The caller has sent another notification with this key. The server sent nothing now.",
    remedy: "Choose a new random key for each notification, and repeat a key only with the same input.",
  },
  NOTIFICATION_DONE: {
    status: 409,
    title: "The notification is done",
    meaning: "Every delivery of the notification was sent, failed, or was left out, so nothing is left to cancel.",
    remedy: "Nothing can be taken back. `GET /v1/notifications/{id}` tells what became of it.",
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    title: "The body is too large",
    meaning:
      "The body is larger than this procedure allows: `MAX_BODY_BYTES`, 64 KiB by default, unless the procedure sets more. The limit of a batch is the smallest limit of its procedures.",
    remedy: "Send less in one request, and send a large input in a request of its own.",
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: "The media type is not supported",
    meaning: "This address does not read bodies of this type.",
    remedy:
      "Send JSON with `Content-Type: application/json`, or a file with its own media type where a file is asked for.",
  },
  EXPECTATION_FAILED: {
    status: 417,
    title: "The expectation cannot be met",
    meaning: "The `Expect` header asks for something other than `100-continue`. The server closes the connection.",
    remedy: "Send the request without the header.",
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: "Too many requests",
    meaning: "A limit for this kind of call is reached, or the server is too busy for it now.",
    remedy: "Wait for the seconds named in `Retry-After`, then try again.",
  },
  TOO_MANY_SUBSCRIPTIONS: {
    status: 429,
    title: "Too many subscriptions are open",
    meaning:
      "The user, their network address or all users together have as many open subscriptions as this server allows.",
    remedy: "Close subscriptions that are not needed (one for each app is enough), or try again later.",
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
    remedy: "Nothing is to be done; send the request again if it is still needed.",
  },
  INTERNAL_ERROR: {
    status: 500,
    title: "Internal error",
    meaning: "The server failed, and the caller did nothing wrong. The log has the details under `requestId`.",
    remedy: "Try again later; if it persists, report the `requestId`.",
  },
  SOCIAL_PROVIDER_UNAVAILABLE: {
    status: 503,
    title: "The provider does not answer",
    meaning:
      "The provider cannot be reached, or does not answer as its protocol says. The server's log has the reason.",
    remedy: "Try again later, or sign in in another way.",
  },
  EMAIL_NOT_CONFIGURED: {
    status: 503,
    title: "This server sends no mail",
    meaning: "The operation only sends a mail, and no mail server is configured (`SMTP_URL`).",
    remedy: "Use another way, or ask the operator to configure mail.",
  },
  SMS_NOT_CONFIGURED: {
    status: 503,
    title: "This server sends no text messages",
    meaning: "The operation sends a text message, and no provider is configured (`TWILIO_ACCOUNT_SID`).",
    remedy: "Use another way, or ask the operator to configure text messages.",
  },
  PICTURES_NOT_CONFIGURED: {
    status: 503,
    title: "Pictures are not configured",
    meaning: "The server cannot decode images, because its optional package `sharp` is not installed.",
    remedy: "Hide the upload of pictures. Operators: install `sharp`, as docs/guides/profile.md says, and start again.",
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    title: "The service is not available",
    meaning: "The server is starting, stopping, or cannot reach its database.",
    remedy: "Try again after a moment.",
  },
} as const satisfies Record<string, ErrorDefinition>;

/** A code of the registry. Codes are stable and meant for programs. */
export type GatehouseErrorCode = keyof typeof errorRegistry;

/** One error in an input: its path and a message. */
export interface FieldError {
  /** Keys joined by dots, as in `device.platform`; empty for the input as a whole. */
  readonly path: string;
  readonly message: string;
  /** The reason why a password is refused; absent on other fields. */
  readonly reason?: PasswordRefusalReason;
}

interface GatehouseErrorOptions {
  /** The details of this occurrence. Callers see them, so they must contain no secret. Default: the title. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Seconds until another try is worth making; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** The proofs that `STEP_UP_REQUIRED` asks for. */
  readonly stepUp?: StepUpChallenge;
  /** The scope that the API key lacks (RFC 6750, 3.1); sent in `WWW-Authenticate`. */
  readonly requiredScope?: string;
  /** The underlying error; logged, never sent. */
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
