import {
  type TRPC_ERROR_CODE_KEY,
  type TRPC_ERROR_CODE_NUMBER,
  type TRPCDefaultErrorShape,
  TRPCError,
} from "@trpc/server";
import { ZodError } from "zod";
import { DatabaseUnavailableError } from "../database/availability.ts";
import { type FieldError, GatehouseError, type GatehouseErrorCode } from "../errors.ts";
import { toFieldErrors } from "../schema/field-errors.ts";
import type { StepUpMethod } from "../step-up-challenge.ts";

/** An error as it is sent over RPC. `data.code` is the code of our registry, `code` that of JSON-RPC. */
export interface GatehouseErrorShape {
  readonly message: string;
  readonly code: TRPC_ERROR_CODE_NUMBER;
  readonly data: {
    readonly code: GatehouseErrorCode;
    readonly httpStatus: number;
    /** The path of the procedure; absent if none was found. */
    readonly path?: string;
    readonly errors: readonly FieldError[];
    readonly requestId: string | null;
    /** Seconds after which to try again. */
    readonly retryAfterSeconds?: number;
    /** With `STEP_UP_REQUIRED`: the methods that this account can use at `auth.sudo`. */
    readonly methods?: readonly StepUpMethod[];
  };
}

/** The registry's codes for tRPC's own errors. A code that is missing here becomes an internal error. */
const codesOfTrpc: Partial<Record<TRPC_ERROR_CODE_KEY, GatehouseErrorCode>> = {
  PARSE_ERROR: "INVALID_BODY",
  BAD_REQUEST: "INVALID_REQUEST",
  UNAUTHORIZED: "UNAUTHENTICATED",
  FORBIDDEN: "FORBIDDEN",
  NOT_FOUND: "NOT_FOUND",
  METHOD_NOT_SUPPORTED: "METHOD_NOT_ALLOWED",
  PAYLOAD_TOO_LARGE: "PAYLOAD_TOO_LARGE",
  UNSUPPORTED_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
  TOO_MANY_REQUESTS: "TOO_MANY_REQUESTS",
  CLIENT_CLOSED_REQUEST: "REQUEST_CANCELLED",
  SERVICE_UNAVAILABLE: "SERVICE_UNAVAILABLE",
};

/** tRPC's codes by HTTP status; tRPC takes the status of its response from the code. */
const trpcCodes: Readonly<Record<number, TRPC_ERROR_CODE_KEY>> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_SUPPORTED",
  409: "CONFLICT",
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  429: "TOO_MANY_REQUESTS",
  499: "CLIENT_CLOSED_REQUEST",
  503: "SERVICE_UNAVAILABLE",
};

/** Converts any error to an error of the registry; an unforeseen one becomes `INTERNAL_ERROR`. */
export function toGatehouseError(error: unknown): GatehouseError {
  if (error instanceof GatehouseError) return error;
  if (!(error instanceof TRPCError)) return unforeseen(error);
  if (error.cause instanceof GatehouseError) return error.cause;
  if (error.code === "BAD_REQUEST" && error.cause instanceof ZodError) {
    return new GatehouseError("INVALID_INPUT", { errors: toFieldErrors(error.cause.issues), cause: error });
  }
  const isUnreadable = error.code === "BAD_REQUEST" && error.cause instanceof SyntaxError;
  const code = isUnreadable ? "INVALID_BODY" : codesOfTrpc[error.code];
  // tRPC wraps an unforeseen error in one that says less.
  if (code === undefined) return unforeseen(error.cause ?? error);
  return new GatehouseError(code, { detail: error.message, cause: error });
}

/** Seconds after which callers should try again during an outage of the database. */
const retryAfterOutageSeconds = 2;

function unforeseen(cause: unknown): GatehouseError {
  if (!(cause instanceof DatabaseUnavailableError)) return new GatehouseError("INTERNAL_ERROR", { cause });
  const { message: detail } = cause;
  return new GatehouseError("SERVICE_UNAVAILABLE", { detail, retryAfterSeconds: retryAfterOutageSeconds, cause });
}

/** Converts an error for tRPC, which takes the HTTP status from its code. */
export function toTrpcError(error: unknown): TRPCError {
  const cause = toGatehouseError(error);
  return new TRPCError({ code: trpcCodes[cause.status] ?? "INTERNAL_SERVER_ERROR", message: cause.message, cause });
}

interface FormattedError {
  readonly error: TRPCError;
  readonly shape: TRPCDefaultErrorShape;
  readonly path: string | undefined;
  readonly ctx: { readonly request: { readonly id: string } } | undefined;
}

/** tRPC's `errorFormatter`. */
export function formatError({ error, shape, path, ctx }: FormattedError): GatehouseErrorShape {
  const { code, status, errors, message, retryAfterSeconds, stepUp } = toGatehouseError(error);
  return {
    message,
    code: shape.code,
    data: {
      code,
      httpStatus: status,
      ...(path === undefined ? {} : { path }),
      errors,
      requestId: ctx?.request.id ?? null,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      ...(stepUp === undefined ? {} : { methods: stepUp.methods }),
    },
  };
}
