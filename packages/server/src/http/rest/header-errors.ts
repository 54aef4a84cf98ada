import { type FieldError, GatehouseError } from "../../errors.ts";
import type { Operation } from "./operation.ts";

/** The failure as its caller can mend it: fields that come in a header are named by the header, for a body takes none of them. */
export function nameHeaders(failure: GatehouseError, { headers }: Pick<Operation, "headers">): GatehouseError {
  if (headers.size === 0 || failure.errors.length === 0) return failure;
  const { code, message: detail, errors, retryAfterSeconds, stepUp, requiredScope, cause } = failure;
  return new GatehouseError(code, {
    detail,
    errors: errors.map((error) => nameHeader(error, headers)),
    cause,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(stepUp === undefined ? {} : { stepUp }),
    ...(requiredScope === undefined ? {} : { requiredScope }),
  });
}

function nameHeader(error: FieldError, headers: Operation["headers"]): FieldError {
  const [field = "", ...inside] = error.path.split(".");
  const header = headers.get(field);
  return header === undefined ? error : { ...error, path: [header, ...inside].join(".") };
}
