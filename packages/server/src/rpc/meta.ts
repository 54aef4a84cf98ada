import type { AuditAction } from "../audit/actions.ts";
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
  /**
   * What a role of the caller, or of the user whose API key calls, must allow; `permissionProcedure` sets it. Default: nothing.
   */
  readonly permission?: string;
  /**
   * Whether an administrator may call it in a user's name. Default: refused for what takes a session, such as calls about
   * credentials, and for what requires a permission; allowed for what a scope allows.
   */
  readonly impersonation?: "allowed" | "refused";
  /**
   * Whether callers may call it whose roles require a second factor that they have not proven (`MFA_REQUIRED_ROLES`): what leads
   * them to set one up. Default: no.
   */
  readonly secondFactor?: "exempt";
  /** Whether the caller must have proved their identity recently; `sudoProcedure` sets it. Default: no. */
  readonly stepUp?: "required";
  /**
   * The scope (RFC 6749, 3.3) with which an API key may call too; `scopedProcedure` sets it. Default: none, so that a
   * signed-in user alone may call.
   */
  readonly scope?: string;
  /**
   * The events of the audit log that a mutation records in its transaction, or why it records none. `tests/audit` fails for a
   * mutation of Gatehouse's without it.
   */
  readonly audit?: readonly [AuditAction, ...AuditAction[]] | { readonly none: string };
  /** Set where another procedure replaces this one, which stays for its callers; see docs/guides/versions.md. Default: none. */
  readonly deprecation?: Deprecation;
}

/**
 * When a procedure is deprecated, and what replaces it. Over REST its responses have the headers `Deprecation` (RFC 9745),
 * `Sunset` (RFC 8594) and `Link`, and the OpenAPI document marks the operation. The procedure itself works as before.
 */
export interface Deprecation {
  /** The day in UTC from which callers should use the successor, as in `2026-11-30`. It may lie in the future. */
  readonly since: string;
  /** The day in UTC from which the procedure may be gone; not before `since`. Default: undecided. */
  readonly sunset?: string;
  /** The procedure to call instead, as in `user.updateV2`; it needs a REST address. Default: none. */
  readonly successor?: string;
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
