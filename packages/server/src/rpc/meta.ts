import type { GatehouseErrorCode } from "../errors.ts";
import type { CallLimit } from "../limits/call-limit.ts";

type SuccessStatus = 200 | 201 | 202;

/** What a procedure says of itself besides its types: its REST address and its documentation. */
export interface ProcedureMeta {
  /** Without it the procedure is reached over RPC only. */
  readonly openapi?: RestOperation;
  /**
   * HTTP status of a success over REST, or one for each `status` that the output can have. Default: 200, or 204 if there
   * is no output.
   */
  readonly successStatus?: SuccessStatus | Readonly<Record<string, SuccessStatus>>;
  /** The codes that callers should expect of this procedure, besides those that any can answer with. */
  readonly errors?: readonly GatehouseErrorCode[];
  /**
   * The largest body of its calls, in bytes, where `MAX_BODY_BYTES` is less; a larger one is refused with
   * `PAYLOAD_TOO_LARGE`. It holds before anybody has signed in, so name no more than the procedure needs. A batch has the
   * least that any of its procedures has. Default: `MAX_BODY_BYTES`, 65,536 unless the operator changes it.
   */
  readonly maxBodyBytes?: number;
  /** How often it may be called, besides the limit that all calls of an address have together. */
  readonly limits?: readonly CallLimit[];
  /** How the caller signs in; procedures set it by what they are built on. Default: `none`. */
  readonly security?: "none" | "bearer" | "basic";
  /** The role that the caller, or the user whose API key calls, must have. Default: none. */
  readonly role?: "admin";
  /** Whether the caller must have proven lately who they are; procedures set it by what they are built on. Default: no. */
  readonly stepUp?: "required";
  /**
   * The scope (RFC 6749, 3.3) with which an API key may call too; `scopedProcedure` sets it. Default: none, so that a
   * signed-in user alone may call.
   */
  readonly scope?: string;
}

/** Where a procedure is found over REST. */
export interface RestOperation {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Parameters are in braces and named as in the input: `/v1/items/{id}`. */
  readonly path: `/${string}`;
  /** Input fields that come in a header, with its name: `{ idempotencyKey: "Idempotency-Key" }`; over REST `errors` name the header. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description?: string;
  readonly tags: string[];
}
