import type { Config } from "../config.ts";
import type { GatehouseErrorCode } from "../errors.ts";
import type { CallLimit } from "../limits/call-limit.ts";

type SuccessStatus = 200 | 201 | 202;

/** The declarations of a procedure besides its types, such as its REST address and its documentation. */
export interface ProcedureMeta {
  /** Without it the procedure can be called over RPC only. */
  readonly openapi?: RestOperation;
  /**
   * The HTTP status of a success over REST, or one for each `status` of the output. Default: 200, or 204 if there is no output.
   */
  readonly successStatus?: SuccessStatus | Readonly<Record<string, SuccessStatus>>;
  /** The error codes of this procedure, besides those that every procedure can return. */
  readonly errors?: readonly GatehouseErrorCode[];
  /**
   * The largest body of its calls, in bytes, if `MAX_BODY_BYTES` is less; a larger body is rejected with `PAYLOAD_TOO_LARGE`.
   * It applies before the caller is authenticated, so set no more than the procedure needs. A batch has the lowest limit of its
   * procedures. A function gets it from the settings. Default: `MAX_BODY_BYTES`, 65,536 unless the operator changes it.
   */
  readonly maxBodyBytes?: number | ((config: Config) => number);
  /**
   * The media types of its body, if the input is the bytes of a file and not JSON. Over REST it also takes the file of a form
   * (`multipart/form-data`), over RPC only `application/octet-stream`. The body is read once the caller is authenticated, and
   * `LIMIT_UPLOADS` bounds how many are. Default: it takes JSON.
   */
  readonly upload?: readonly string[];
  /** How often it may be called, besides the limit on all calls of an address. */
  readonly limits?: readonly CallLimit[];
  /** How the caller signs in; set by the base procedure, such as `authedProcedure`. Default: `none`. */
  readonly security?: "none" | "bearer" | "basic";
  /** The role that the caller, or the user whose API key calls, must have. Default: none. */
  readonly role?: "admin";
  /** Whether the caller must have proved their identity recently; `sudoProcedure` sets it. Default: no. */
  readonly stepUp?: "required";
  /**
   * The scope (RFC 6749, 3.3) with which an API key may call too; `scopedProcedure` sets it. Default: none, so that a
   * signed-in user alone may call.
   */
  readonly scope?: string;
}

/** The REST address of a procedure, and its documentation. */
export interface RestOperation {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Parameters are in braces and named as in the input: `/v1/items/{id}`. */
  readonly path: `/${string}`;
  /** Headers of input fields: `{ idempotencyKey: "Idempotency-Key" }`. Over REST, `errors` name the header. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description?: string;
  readonly tags: string[];
}
