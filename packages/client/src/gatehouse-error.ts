import type { GatehouseErrorCode } from "@gatehouse/server/api";
import { isTRPCClientError } from "@trpc/client";

/**
 * Why a password is refused. `too_long` and `malformed` go with `INVALID_INPUT`, the others with `PASSWORD_TOO_WEAK`; what
 * each means stands in docs/guides/account-flows.md.
 */
export type PasswordRefusalReason =
  | "too_short"
  | "too_long"
  | "malformed"
  | "common"
  | "repeated"
  | "sequence"
  | "keyboard"
  | "date"
  | "personal"
  | "service_name"
  | "guessable"
  | "breached";

/** One thing that is wrong with an input: where, and what. */
export interface FieldError {
  /** Keys joined by dots, as in `device.platform`; empty for the input as a whole. */
  readonly path: string;
  readonly message: string;
  /** Why a password is refused; on no other field. */
  readonly reason?: PasswordRefusalReason;
}

/**
 * A way to prove again who one is, at `auth.sudo`: `pwd` is the password, `email` the token of a link to sign in, which
 * `auth.magicLink.send` has sent.
 */
export type StepUpMethod = "pwd" | "email";

/** What the server says of an error. */
export interface GatehouseErrorData<Code extends GatehouseErrorCode = GatehouseErrorCode> {
  /** Stable, and meant for programs; the `message` is for people. */
  readonly code: Code;
  readonly httpStatus: number;
  /** The procedure; absent where none was found. */
  readonly path?: string;
  /** Empty unless the code is `INVALID_INPUT` or `PASSWORD_TOO_WEAK`. */
  readonly errors: readonly FieldError[];
  /** Finds the call in the server's log. */
  readonly requestId: string | null;
  /** Seconds after which another try is worth making. */
  readonly retryAfterSeconds?: number;
  /** With `STEP_UP_REQUIRED`: what this account can prove itself with. Empty where only another sign-in would do. */
  readonly methods?: readonly StepUpMethod[];
}

/** A call that the server refused, and why. */
export interface GatehouseError<Code extends GatehouseErrorCode = GatehouseErrorCode> extends Error {
  readonly data: GatehouseErrorData<Code>;
}

/**
 * Whether the server answered with an error, and with one of the given codes if there are any. What never reached the
 * server, or came from something in between, is not one: no network, a proxy's error page, a call that was given up.
 *
 * ```ts
 * if (isGatehouseError(error, "EMAIL_TAKEN")) showField("email", error.message);
 * ```
 */
export function isGatehouseError<Code extends GatehouseErrorCode = GatehouseErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is GatehouseError<Code> {
  if (!isTRPCClientError(error)) return false;
  const { data } = error;
  // Errors of another server may look otherwise.
  if (typeof data?.code !== "string" || !Array.isArray(data.errors)) return false;
  return codes.length === 0 || codes.includes(data.code);
}
