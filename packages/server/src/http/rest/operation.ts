import type { AnyTRPCRouter } from "@trpc/server";
import { z } from "zod";
import type { ProcedureMeta, RestOperation } from "../../rpc/meta.ts";
import { refuseWrongDeprecation } from "./deprecation.ts";

/** A procedure with a REST address, and everything needed for its route and its documentation. */
export interface Operation {
  /** The procedure's path, as in `auth.login`. */
  readonly procedure: string;
  readonly type: "query" | "mutation";
  readonly rest: RestOperation;
  readonly meta: ProcedureMeta;
  /** The names in braces in the address. */
  readonly pathParameters: readonly string[];
  /** Input fields that come in a header, with its name. */
  readonly headers: ReadonlyMap<string, string>;
  /** The input's own fields; none if it takes no input. */
  readonly fields: Readonly<Record<string, z.core.$ZodType>>;
  readonly output: z.core.$ZodType;
  readonly takesInput: boolean;
  readonly takesBody: boolean;
  /** The media types of the file that it takes in place of JSON; none if it takes JSON. */
  readonly upload: readonly string[];
  /** The HTTP status of a success, or one for each `status` of an output with several forms. */
  readonly successStatus: number | ReadonlyMap<string, number>;
  /** The address of the operation to call instead; `undefined` if this one is not deprecated, or has no successor. */
  readonly successor: RestOperation | undefined;
}

/**
 * Lists the operations of a router, in no particular order, for the routes and the document. Throws if a procedure's definition
 * does not suit REST, so that the server does not start with it.
 */
export function listOperations(router: AnyTRPCRouter): readonly Operation[] {
  const procedures: Record<string, unknown> = router._def.procedures;
  const operations = Object.entries(procedures).flatMap(([path, procedure]) => operationOf(path, procedure));
  const addresses = operations.map(({ rest }) => `${rest.method} ${withoutNames(rest.path)}`);
  const duplicate = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (duplicate !== undefined) throw new Error(`Two procedures have the REST address ${duplicate}`);
  const paths = new Map(operations.map(({ rest }) => [withoutNames(rest.path), rest.path]));
  const renamed = operations.find(({ rest }) => paths.get(withoutNames(rest.path)) !== rest.path)?.rest.path;
  if (renamed !== undefined) {
    throw new Error(
      `${renamed} and ${paths.get(withoutNames(renamed))} name the parameters of one address differently`,
    );
  }
  return operations.map((operation) => ({ ...operation, successor: successorOf(operation, operations) }));
}

/** An operation before the others are known. */
type SingleOperation = Omit<Operation, "successor">;

function successorOf({ procedure, meta }: SingleOperation, all: readonly SingleOperation[]): RestOperation | undefined {
  const name = meta.deprecation?.successor;
  if (name === undefined) return undefined;
  const successor = all.find((operation) => operation.procedure === name);
  if (successor === undefined)
    throw new Error(`${procedure} names ${name} as its successor, which has no REST address`);
  return successor.rest;
}

function withoutNames(path: string): string {
  return path.replaceAll(/\{[^}]+\}/g, "{}");
}

/** tRPC's internal definition of a procedure; the public types omit its parsers. */
const procedureSchema = z.looseObject({
  _def: z.looseObject({
    type: z.enum(["query", "mutation", "subscription"]),
    meta: z.custom<ProcedureMeta>().optional(),
    inputs: z.array(z.custom<z.core.$ZodType>((value) => value instanceof z.core.$ZodType)),
    output: z.custom<z.core.$ZodType>((value) => value instanceof z.core.$ZodType).optional(),
  }),
});

function operationOf(path: string, procedure: unknown): readonly SingleOperation[] {
  // A procedure is a function with properties, which zod does not accept as an object.
  const { type, meta, inputs, output } = procedureSchema.parse({ ...(procedure as object) })._def;
  const rest = meta?.openapi;
  if (meta === undefined || rest === undefined || type === "subscription") return [];
  const [schema] = inputs;
  if (schema === undefined || inputs.length > 1 || output === undefined) {
    throw new Error(`${path} needs exactly one .input() and one .output() for its REST address`);
  }
  if (!/^(\/([^/{}*]+|\{[A-Za-z0-9_]+\}))+$/.test(rest.path)) {
    throw new Error(`${path} has the REST address ${rest.path}, of which a part is neither text nor one {parameter}`);
  }
  const fields = fieldsOf(schema);
  const pathParameters = [...rest.path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? "");
  const headers = new Map(Object.entries(rest.headers ?? {}));
  const unknown = [...pathParameters, ...headers.keys()].find((name) => !(name in fields));
  if (unknown !== undefined) throw new Error(`${path} has no input field for {${unknown}} of its REST address`);
  refuseUnfitHeaders(path, pathParameters, headers);
  refuseWrongDeprecation(path, meta.deprecation);
  const upload = meta.upload ?? [];
  const takesInput = unwrap(schema) instanceof z.core.$ZodObject || upload.length > 0;
  const takesBody = takesInput && ["POST", "PUT", "PATCH"].includes(rest.method);
  if (upload.length > 0 && (!takesBody || pathParameters.length + headers.size > 0 || meta.security !== "bearer")) {
    throw new Error(
      `${path} takes a file, so it needs a method with a body, no fields beside it, and a signed-in caller`,
    );
  }
  const successStatus = successStatusOf(meta, output);
  const input = { pathParameters, headers, fields, takesInput, takesBody, upload };
  return [{ procedure: path, type, rest, meta, ...input, output, successStatus }];
}

/** Headers that HTTP itself reads, or code that runs before the procedures. */
const reservedHeaders = ["authorization", "content-length", "content-type", "cookie", "host"];

function refuseUnfitHeaders(path: string, parameters: readonly string[], headers: ReadonlyMap<string, string>): void {
  const names = [...headers.values()].map((name) => name.toLowerCase());
  const isTwice = names.some((name, index) => names.indexOf(name) !== index);
  const isBoth = parameters.some((name) => headers.has(name));
  if (isTwice || isBoth || names.some((name) => reservedHeaders.includes(name))) {
    throw new Error(`${path} takes a header that is reserved, taken twice, or for a field of its path`);
  }
}

function successStatusOf({ successStatus }: ProcedureMeta, output: z.core.$ZodType): Operation["successStatus"] {
  if (typeof successStatus === "object") return new Map(Object.entries(successStatus));
  return successStatus ?? (output instanceof z.core.$ZodVoid ? 204 : 200);
}

function fieldsOf(input: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  const schema = unwrap(input);
  return schema instanceof z.core.$ZodObject ? schema._zod.def.shape : {};
}

/** Returns the schema inside `optional`, `nullable`, `default` and the like. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.core.$ZodPipe) return unwrap(schema._zod.def.in);
  if (schema instanceof z.core.$ZodLazy) return unwrap(schema._zod.innerType);
  const isWrapper =
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodNullable ||
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault ||
    schema instanceof z.core.$ZodCatch ||
    schema instanceof z.core.$ZodNonOptional ||
    schema instanceof z.core.$ZodReadonly;
  return isWrapper ? unwrap(schema._zod.def.innerType) : schema;
}
