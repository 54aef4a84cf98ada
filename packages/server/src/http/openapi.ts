import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import { generateOpenApiDocument, type OpenAPIObject, type OpenApiRouter } from "trpc-to-openapi";
import { z } from "zod";
import type { Config } from "../config.ts";
import type { ProcedureMeta } from "../rpc/meta.ts";
import { errorExamples, errorResponses, problemSchema } from "./openapi-errors.ts";
import { discriminateForms, type NamedSchemas } from "./openapi-unions.ts";
import { bodyLimitOf } from "./request-body.ts";
import { describeDeprecation } from "./rest/deprecation.ts";
import type { Operation } from "./rest/operation.ts";
import { cookieNames } from "./session-cookies.ts";

/** An OpenAPI 3.1 document, as JSON. */
export type OpenApiDocument = OpenAPIObject;

type PathItem = NonNullable<OpenAPIObject["paths"]>[string];
type OperationObject = NonNullable<PathItem["get"]>;
type ResponsesObject = NonNullable<OperationObject["responses"]>;

interface DocumentOptions {
  readonly router: AnyTRPCRouter;
  readonly operations: readonly Operation[];
  readonly version: string;
  readonly config: Config;
}

const description = `Accounts, sessions and devices.

Sign in by \`POST /v1/auth/login\` and send \`Authorization: Bearer <accessToken>\`. When a call answers 401 with the code
\`ACCESS_TOKEN_INVALID\`, exchange the refresh token at \`POST /v1/auth/refresh\` and repeat the call. Machines send an API key
in the place of the access token, where the operation names a scope. Errors are problem documents (RFC 9457); programs
decide by their \`code\`.

Browser apps of the same site sign in with \`"transport": "cookie"\`: the tokens come and go in HttpOnly cookies, and no script
can read them. Such calls need an \`Origin\` that the server allows.`;

/**
 * Creates the document of the REST API. trpc-to-openapi generates the schemas; success statuses, errors and security come from
 * the procedures' meta instead, from which the routes are made too.
 */
export function createOpenApiDocument(options: DocumentOptions): OpenApiDocument {
  // The library expects a router of its own meta type; ours has the same members and more.
  const document = generateOpenApiDocument(withoutFiles(options.router) as unknown as OpenApiRouter, {
    title: "Gatehouse",
    description,
    version: options.version,
    baseUrl: options.config.publicUrl,
    openApiVersion: "3.1.0",
    securitySchemes: {
      // Swagger UI puts the cursor into the last one.
      basic: { type: "http", scheme: "basic" },
      cookie: {
        type: "apiKey",
        in: "cookie",
        name: cookieNames.access,
        description: "Set by a sign-in with `transport: cookie`; browsers send it by themselves",
      },
      apiKey: {
        type: "http",
        scheme: "bearer",
        bearerFormat: "gatehouse_…",
        description: "An API key of `POST /v1/auth/api-keys` that has the scopes which the operation names",
      },
      bearer: {
        type: "http",
        scheme: "bearer",
        bearerFormat: "JWT",
        description: "The `accessToken` of a session, as a sign-in returns it",
      },
    },
  });
  document.info.license = { name: "MIT", identifier: "MIT" };
  const named: NamedSchemas = { ...document.components?.schemas };
  for (const operation of options.operations) amend(document, operation, { ...options, named });
  const schemas = Object.entries(named).filter(([name]) => !name.startsWith("error."));
  document.components = {
    ...document.components,
    schemas: { ...Object.fromEntries(schemas.map(([name, schema]) => [name, open(schema)])), Problem: problemSchema },
    examples: errorExamples(options.config),
  };
  return withUuidExamples(document);
}

/** Replaces the pattern of UUIDs, of which tools make the strangest one as an example, by one that looks like ours. */
function withUuidExamples(document: OpenApiDocument): OpenApiDocument {
  return JSON.parse(
    JSON.stringify(document, (_key, value) => {
      if (value?.format !== "uuid") return value;
      const { pattern: _pattern, ...schema } = value;
      return { examples: ["7b0c6f6e-58a4-4f5e-9c1d-2f1f6c0f8a3b"], ...schema };
    }),
  );
}

/**
 * Removes `additionalProperties: false` from a response's schema: a later version may add a field, which generated clients must
 * not reject. Inputs keep it, since unknown fields are rejected there.
 */
function open<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema, (key, value) => (key === "additionalProperties" ? undefined : value)));
}

interface AmendOptions extends DocumentOptions {
  readonly named: NamedSchemas;
}

function amend(document: OpenApiDocument, operation: Operation, { config, named }: AmendOptions): void {
  const { rest, procedure, successStatus } = operation;
  const item = document.paths?.[rest.path];
  const method = rest.method.toLowerCase() as "get" | "post" | "put" | "patch" | "delete";
  const described = item?.[method];
  if (item === undefined || described === undefined) throw new Error(`${procedure} is missing in the document`);
  const successes = successResponses(successStatus, open(described.responses?.["200"]));
  discriminateForms(procedure, successes, named);
  item[method] = {
    ...moveToHeaders(described, operation),
    ...deprecationOf(described, operation),
    ...fileOf(operation),
    operationId: procedure,
    security: securityOf(operation.meta),
    responses: {
      ...successes,
      ...errorResponses(operation, bodyLimitOf(config, operation.meta)),
    },
  };
}

/** Marks a deprecated operation, and says in its description what to call instead. */
function deprecationOf({ description: text = "" }: OperationObject, { meta, successor }: Operation) {
  if (meta.deprecation === undefined) return {};
  const sentence = describeDeprecation(meta.deprecation, successor);
  return { deprecated: true, description: text === "" ? sentence : `${sentence}\n\n${text}` };
}

/** Returns the router with procedures that take a file as if they took nothing: the library knows objects only. */
function withoutFiles(router: AnyTRPCRouter): unknown {
  const given: Record<string, AnyTRPCProcedure> = router._def.procedures;
  const procedures = Object.entries(given).map(([path, { _def }]) => {
    const takesFile = (_def.meta as ProcedureMeta | undefined)?.upload !== undefined;
    return [path, takesFile ? { _def: { ..._def, inputs: [z.void()] } } : given[path]];
  });
  return { ...router, _def: { ...router._def, procedures: Object.fromEntries(procedures) } };
}

/** Returns the body of an operation that takes a file. */
function fileOf({ upload }: Operation): Pick<OperationObject, "requestBody"> {
  if (upload.length === 0) return {};
  const form = {
    schema: {
      type: "object" as const,
      required: ["file"],
      properties: { file: { type: "string" as const, contentMediaType: "application/octet-stream" } },
    },
  };
  const raw = [...upload, "application/octet-stream"].map((type) => [type, {}] as const);
  return { requestBody: { required: true, content: { ...Object.fromEntries(raw), "multipart/form-data": form } } };
}

/**
 * Returns the alternative ways to authenticate. For HTTP schemes, the names in the list are what the caller must have (3.1,
 * 4.8.30).
 */
function securityOf({ security = "none", scope }: Operation["meta"]): Record<string, string[]>[] {
  if (security === "none") return [];
  if (security === "basic") return [{ basic: [] }];
  return [{ bearer: [] }, { cookie: [] }, ...(scope === undefined ? [] : [{ apiKey: [scope] }])];
}

/** Moves the fields that are sent in headers out of the query or the body. */
function moveToHeaders(described: OperationObject, { headers, takesBody, procedure }: Operation): OperationObject {
  if (headers.size === 0) return described;
  const parameters = described.parameters ?? [];
  if (!takesBody) return { ...described, parameters: parameters.map((parameter) => toHeader(parameter, headers)) };
  const body = described.requestBody;
  const content = body !== undefined && "content" in body ? body.content["application/json"] : undefined;
  const schema = content?.schema;
  if (schema === undefined || "$ref" in schema) throw new Error(`${procedure} has no body schema in the document`);
  const required = schema.required ?? [];
  const moved = [...headers].map(([field, name]) => {
    const own = schema.properties?.[field] ?? {};
    return { in: "header" as const, name, required: required.includes(field), schema: own };
  });
  const left = Object.entries(schema.properties ?? {}).filter(([field]) => !headers.has(field));
  const kept = {
    ...schema,
    properties: Object.fromEntries(left),
    required: required.filter((name) => !headers.has(name)),
  };
  return {
    ...described,
    parameters: [...parameters, ...moved],
    requestBody: { ...body, content: { "application/json": { ...content, schema: kept } } },
  };
}

type ParameterObject = NonNullable<OperationObject["parameters"]>[number];

function toHeader(parameter: ParameterObject, headers: Operation["headers"]): ParameterObject {
  const name = "in" in parameter && parameter.in === "query" ? headers.get(parameter.name) : undefined;
  return name === undefined ? parameter : { ...parameter, in: "header", name };
}

type ResponseObject = ResponsesObject[string];

/** Returns the responses of a success. If the output has several forms, each status describes only its own forms. */
function successResponses(status: Operation["successStatus"], success: ResponseObject): ResponsesObject {
  if (status === 204) return { 204: { description: "Done. The response has no body" } };
  if (typeof status === "number") return { [status]: success };
  const codes = [...new Set(status.values())];
  const formsOf = (code: number) => [...status.keys()].filter((form) => status.get(form) === code);
  return Object.fromEntries(codes.map((code) => [String(code), onlyForms(success, formsOf(code))]));
}

/** A form of an output, identified by its `status`. */
const formSchema = z.object({ properties: z.object({ status: z.object({ const: z.string() }) }) });

/** Removes the members of the response's union that have another `status` than these. */
function onlyForms(response: ResponseObject, forms: readonly string[]): ResponseObject {
  const isOther = (member: unknown) => {
    const { success, data } = formSchema.safeParse(member);
    return success && !forms.includes(data.properties.status.const);
  };
  return JSON.parse(
    JSON.stringify(response, (key, value) =>
      key === "oneOf" ? value.filter((member: unknown) => !isOther(member)) : value,
    ),
  );
}
