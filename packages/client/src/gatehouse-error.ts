import type { GatehouseErrorCode } from "@gatehouse/server/api";
import { isTRPCClientError } from "@trpc/client";

/**
 * Why a password is refused. `too_long` and `malformed` come with `INVALID_INPUT`, the others with `PASSWORD_TOO_WEAK`.
 * docs/guides/account-flows.md explains each.
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

/** One error in an input: its place, and a message. */
export interface FieldError {
  /** Keys joined by dots, as in `device.platform`; empty for the input as a whole. */
  readonly path: string;
  readonly message: string;
  /** Why a password is refused; only on password fields. */
  readonly reason?: PasswordRefusalReason;
}

/**
 * A proof that `auth.sudo` accepts: `pwd` is the password, `otp` a code of an authenticator app, `email` the token of a magic link
 * that `auth.magicLink.send` has sent, and `passkey` the answer of a passkey to `auth.passkeys.sudoOptions`.
 */
export type StepUpMethod = "pwd" | "otp" | "email" | "passkey";

/** The server's data about an error. */
export interface GatehouseErrorData<Code extends GatehouseErrorCode = GatehouseErrorCode> {
  /** Stable, and meant for programs; the `message` is for people. */
  readonly code: Code;
  readonly httpStatus: number;
  /** The procedure; absent if none was found. */
  readonly path?: string;
  /** Empty unless the code is `INVALID_INPUT` or `PASSWORD_TOO_WEAK`. */
  readonly errors: readonly FieldError[];
  /** Finds the call in the server's log. */
  readonly requestId: string | null;
  /** Seconds after which another try is worth making. */
  readonly retryAfterSeconds?: number;
  /** With `STEP_UP_REQUIRED`: the proofs that this account can give. Empty if only a new sign-in helps. */
  readonly methods?: readonly StepUpMethod[];
}

/** The error of a call that the server refused. */
export interface GatehouseError<Code extends GatehouseErrorCode = GatehouseErrorCode> extends Error {
  readonly data: GatehouseErrorData<Code>;
}

/**
 * Tells whether an error came from the server, and has one of the given codes, if any. Returns false for a network failure, a proxy's error page and an aborted call.
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
  // Errors of another server may have another form.
  if (typeof data?.code !== "string" || !Array.isArray(data.errors)) return false;
  return codes.length === 0 || codes.includes(data.code);
}
