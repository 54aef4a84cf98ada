import type { FastifyBaseLogger } from "fastify";
import { errorRegistry, GatehouseError, type GatehouseErrorCode } from "../errors.ts";
import { toGatehouseError } from "../rpc/error-conversion.ts";

/** The registry's codes for Fastify's errors that the caller caused. */
const codesOfFastify: Readonly<Record<string, GatehouseErrorCode>> = {
  FST_ERR_BAD_URL: "INVALID_REQUEST",
  FST_ERR_ASYNC_CONSTRAINT: "INVALID_REQUEST",
  FST_ERR_CTP_BODY_TOO_LARGE: "PAYLOAD_TOO_LARGE",
  FST_ERR_CTP_EMPTY_JSON_BODY: "INVALID_BODY",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "INVALID_REQUEST",
  FST_ERR_CTP_INVALID_JSON_BODY: "INVALID_BODY",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
  FST_ERR_MAX_PARAM_LENGTH: "NOT_FOUND",
};

/**
 * The registry's codes for errors of plugins that the caller caused, by status. 403, for a file outside its folder, becomes
 * `NOT_FOUND`, which does not reveal the file.
 */
const codesOfStatus: Readonly<Record<number, GatehouseErrorCode>> = {
  400: "INVALID_REQUEST",
  403: "NOT_FOUND",
  404: "NOT_FOUND",
  416: "INVALID_REQUEST",
};

/** Converts an error of Fastify, a plugin or a handler to an error of the registry. */
export function fromFastifyError(error: unknown): GatehouseError {
  if (!(error instanceof Error) || !("code" in error || "statusCode" in error)) return toGatehouseError(error);
  const code = "code" in error ? codesOfFastify[String(error.code)] : undefined;
  if (code === "UNSUPPORTED_MEDIA_TYPE")
    return new GatehouseError(code, { detail: errorRegistry[code].remedy, cause: error });
  if (code !== undefined) return new GatehouseError(code, { cause: error });
  const codeOfStatus = "statusCode" in error ? codesOfStatus[Number(error.statusCode)] : undefined;
  if (codeOfStatus === undefined) return toGatehouseError(error);
  return new GatehouseError(codeOfStatus, { detail: error.message, cause: error });
}

/** Logs a failure of the server as an error, with its cause and stack, for the operator; logs a refusal at debug level. */
export function logFailure(
  log: FastifyBaseLogger,
  failure: GatehouseError,
  where: { readonly procedure?: string },
): void {
  if (failure.status >= 500)
    log.error({ err: failure.cause ?? failure, failure: failure.code, ...where }, "call failed");
  else log.debug({ failure: failure.code, ...where }, "call refused");
}
