import type { FastifyBaseLogger } from "fastify";
import type { GatehouseError } from "../errors.ts";

/** Logs a failure where the operator can do something about it: the server's own, with the cause and its stack. */
export function logFailure(
  log: FastifyBaseLogger,
  failure: GatehouseError,
  where: { readonly procedure?: string },
): void {
  if (failure.status >= 500)
    log.error({ err: failure.cause ?? failure, failure: failure.code, ...where }, "call failed");
  else log.debug({ failure: failure.code, ...where }, "call refused");
}
