import type { OpenAPIObject } from "trpc-to-openapi";
import type { Config } from "../config.ts";
import { errorRegistry, type GatehouseErrorCode } from "../errors.ts";
import { passwordRefusalReasons } from "../password-refusal.ts";
import { stepUpMethods } from "../step-up-challenge.ts";
import { problemMediaType } from "./problem.ts";
import type { Operation } from "./rest/operation.ts";

type PathItem = NonNullable<OpenAPIObject["paths"]>[string];
type ResponsesObject = NonNullable<NonNullable<PathItem["get"]>["responses"]>;

/** Returns the codes of an operation: its own, and those that every operation of its kind can return. */
function errorCodes({ meta, rest, type }: Operation): readonly GatehouseErrorCode[] {
  const codes = [
    // An operation without input rejects any input.
    "INVALID_INPUT",
    // All calls from an address share a limit.
    "TOO_MANY_REQUESTS",
    ...(rest.method === "GET" ? [] : (["INVALID_BODY", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"] as const)),
    ...(meta.security === "bearer"
      ? (["UNAUTHENTICATED", "ACCESS_TOKEN_INVALID", "CREDENTIALS_CONFLICT", "INSUFFICIENT_SCOPE"] as const)
      : []),
    ...(meta.security === "bearer" && (type === "mutation" || rest.method !== "GET")
      ? (["ORIGIN_NOT_ALLOWED"] as const)
      : []),
    ...(meta.permission === undefined ? [] : (["FORBIDDEN"] as const)),
    ...(meta.stepUp === undefined ? [] : (["STEP_UP_REQUIRED", "ANONYMOUS_ACCOUNT"] as const)),
    ...(meta.security === "basic" ? (["UNAUTHENTICATED"] as const) : []),
    ...(meta.errors ?? []),
    "INTERNAL_ERROR",
  ] as const;
  return [...new Set(codes)];
}

/** Returns the responses of an operation to what it refuses, each with an example of every code. */
export function errorResponses(operation: Operation, maxBodyBytes: number): ResponsesObject {
  const byStatus = Map.groupBy(errorCodes(operation), (code) => errorRegistry[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [String(status), errorResponse(codes, maxBodyBytes)]),
  );
}

function errorResponse(codes: readonly GatehouseErrorCode[], maxBodyBytes: number) {
  const mediaType = problemMediaType.split(";", 1)[0] ?? problemMediaType;
  const schema = {
    allOf: [
      { $ref: "#/components/schemas/Problem" },
      { type: "object" as const, properties: { code: { enum: [...codes] } } },
    ],
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${describe(code, maxBodyBytes)}`).join("; "),
    content: { [mediaType]: { schema, examples: examplesOf(codes) } },
  };
}

function examplesOf(codes: readonly GatehouseErrorCode[]) {
  return Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
}

function describe(code: GatehouseErrorCode, maxBodyBytes: number): string {
  const { title } = errorRegistry[code];
  return code === "PAYLOAD_TOO_LARGE" ? `${title}: it may have at most ${maxBodyBytes} bytes` : title;
}

/** An answer of every code as this server gives it, by the code. Responses refer to them. */
export function errorExamples({ publicUrl }: Pick<Config, "publicUrl">) {
  const codes = Object.keys(errorRegistry) as GatehouseErrorCode[];
  return Object.fromEntries(
    codes.map((code) => {
      const { status, title, meaning } = errorRegistry[code];
      const type = `${publicUrl}/docs/errors/${code}`;
      const requestId = "3f0c1f6e-0d1c-4b8e-9a53-5d0f0c2a7e11";
      const value = { type, title, status, detail: title, code, requestId, ...furtherOf(code) };
      return [code, { summary: title, description: meaning, value }];
    }),
  );
}

/** The members that only some codes have. */
function furtherOf(code: GatehouseErrorCode) {
  if (code === "INVALID_INPUT") return { errors: [{ path: "device.platform", message: "Invalid option" }] };
  if (code === "PASSWORD_TOO_WEAK") {
    const message = "It is among the passwords that are guessed first.";
    return { errors: [{ path: "password", message, reason: "common" }] };
  }
  if (code === "STEP_UP_REQUIRED") return { methods: stepUpMethods.slice(0, 1) };
  return {};
}

/** A problem document. */
export const problemSchema = {
  type: "object" as const,
  description: "A problem document (RFC 9457)",
  required: ["type", "title", "status", "detail", "code", "requestId"],
  properties: {
    type: { type: "string" as const, format: "uri", description: "The page of the code" },
    title: { type: "string" as const },
    status: { type: "integer" as const },
    detail: { type: "string" as const },
    code: { type: "string" as const, enum: Object.keys(errorRegistry), description: "Stable; what programs decide by" },
    requestId: { type: "string" as const, description: "Finds the call in the server's log" },
    errors: {
      type: "array" as const,
      description: "What is wrong with the input",
      items: {
        type: "object" as const,
        required: ["path", "message"],
        properties: {
          path: { type: "string" as const, examples: ["device.platform"] },
          message: { type: "string" as const },
          reason: {
            type: "string" as const,
            enum: [...passwordRefusalReasons],
            description: "Why a new password is refused",
          },
        },
      },
    },
    methods: {
      type: "array" as const,
      description: "With `STEP_UP_REQUIRED`: what this account can prove itself with at `POST /v1/auth/sudo`",
      items: { type: "string" as const, enum: [...stepUpMethods] },
    },
  },
};
