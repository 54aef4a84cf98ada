import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { errorRegistry, type FieldError, type GatehouseError } from "../errors.ts";
import type { StepUpMethod } from "../step-up-challenge.ts";
import { STATUS_CODES } from "./node-http.ts";

/** A problem document (RFC 9457). */
export interface Problem {
  /** The URL of the error code's page. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
  readonly methods?: readonly StepUpMethod[];
}

/** The media type of a problem document. */
export const problemMediaType = "application/problem+json; charset=utf-8";

interface Occurrence {
  readonly requestId: string;
  readonly publicUrl: string;
}

/** Converts an error to a problem document. */
function toProblem(error: GatehouseError, { requestId, publicUrl }: Occurrence): Problem {
  return {
    type: `${publicUrl}/docs/errors/${error.code}`,
    title: errorRegistry[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(error.errors.length === 0 ? {} : { errors: error.errors }),
    ...(error.stepUp === undefined ? {} : { methods: error.stepUp.methods }),
  };
}

/** The authentication scheme of an operation, as its challenge names it (RFC 9110, 11.6.1). */
type Challenge = "Basic" | "Bearer";

/** Returns the headers of an error, over REST and RPC alike. */
export function errorHeaders(error: GatehouseError, challenge: Challenge): Record<string, string> {
  return {
    ...(isChallenged(error) ? { "www-authenticate": challengeOf(error, challenge) } : {}),
    ...(error.retryAfterSeconds === undefined ? {} : { "retry-after": String(error.retryAfterSeconds) }),
  };
}

/** Whether the response must name the credentials that would be accepted (RFC 9110, 11.6.1; RFC 6750, 3). */
function isChallenged({ status, code }: GatehouseError): boolean {
  return status === 401 || code === "INSUFFICIENT_SCOPE" || code === "STEP_UP_REQUIRED";
}

function challengeOf(error: GatehouseError, challenge: Challenge): string {
  if (challenge === "Basic") return 'Basic realm="gatehouse", charset="UTF-8"';
  if (error.stepUp !== undefined) {
    const { maxAgeSeconds } = error.stepUp;
    return `Bearer realm="gatehouse", error="insufficient_user_authentication", max_age="${maxAgeSeconds}"`;
  }
  if (error.code === "INSUFFICIENT_SCOPE") {
    const scope = error.requiredScope === undefined ? "" : `, scope="${error.requiredScope}"`;
    return `Bearer realm="gatehouse", error="insufficient_scope"${scope}`;
  }
  const isTokenWrong = error.code === "ACCESS_TOKEN_INVALID";
  return isTokenWrong ? 'Bearer realm="gatehouse", error="invalid_token"' : 'Bearer realm="gatehouse"';
}

interface ProblemOptions {
  readonly publicUrl: string;
  /** The authentication scheme of the operation. Default: `Bearer`. */
  readonly challenge?: Challenge;
}

/** Sends a problem document. */
export function sendProblem(
  reply: FastifyReply,
  error: GatehouseError,
  { publicUrl, challenge = "Bearer" }: ProblemOptions,
) {
  const problem = toProblem(error, { requestId: reply.request.id, publicUrl });
  return reply
    .code(error.status)
    .headers(errorHeaders(error, challenge))
    .type(problemMediaType)
    .send(JSON.stringify(problem));
}

/** The options of a response that is written without Fastify. */
export interface RawProblemOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly publicUrl: string;
}

/** Returns a complete HTTP response for a connection that never became a request. */
export function rawProblemResponse(error: GatehouseError, { headers, publicUrl }: RawProblemOptions): string {
  const body = JSON.stringify(toProblem(error, { requestId: "", publicUrl }));
  const fields = {
    ...headers,
    "content-type": problemMediaType,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return `${[`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`, ...lines].join("\r\n")}\r\n\r\n${body}`;
}

/** Sends a problem document for a request that was rejected before routing, and closes the connection. */
export function endWithProblem(
  response: ServerResponse,
  error: GatehouseError,
  { headers, publicUrl, requestId }: RawProblemOptions & Occurrence,
): void {
  const body = JSON.stringify(toProblem(error, { requestId, publicUrl }));
  const fields = {
    ...headers,
    ...errorHeaders(error, "Bearer"),
    "x-request-id": requestId,
    "content-type": problemMediaType,
    "content-length": Buffer.byteLength(body),
    connection: "close",
  };
  response.writeHead(error.status, fields).end(body);
}
