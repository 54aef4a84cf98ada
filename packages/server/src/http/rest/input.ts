import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { type FieldError, GatehouseError } from "../../errors.ts";
import { unknownFields } from "../../schema/field-errors.ts";
import { type Operation, unwrap } from "./operation.ts";

/** The parts of a request that an input is made of, as Fastify parsed them. */
interface RequestParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
}

/** Reads a procedure's input from a request. */
export type InputReader = (parts: RequestParts) => unknown;

/**
 * Compiles a function that reads an operation's input: path parameters, the headers that the operation names, and the body, or
 * the query if the method has no body. Text of path, query and headers is converted to the types that the schema expects; the
 * schema itself is not changed, so RPC validates the same input alike. The reader throws `INVALID_INPUT` for input in a place
 * that the operation does not read, except for the body of a GET, which is never read.
 */
export function compileInputReader(operation: Operation): InputReader {
  if (!operation.takesInput) return readNothing;
  if (operation.upload.length > 0) return readFile;
  const coerce = compileCoercion(operation);
  const readAddress = compileAddressReader(operation);
  const merge = compileMerge([...operation.pathParameters, ...operation.headers.keys()]);
  if (!operation.takesBody) {
    return (parts) => {
      refuseBody(parts.body);
      return merge(coerce(record(parts.query)), coerce(readAddress(parts)));
    };
  }
  return (parts) => {
    refuseQuery(parts.query);
    const { body } = parts;
    const address = coerce(readAddress(parts));
    // A missing body counts as an empty one, so that the error names the missing fields.
    if (body === undefined || isPlainRecord(body)) return merge(record(body), address);
    // The schema judges an array or a bare value. Fields of the address cannot be merged into one, so the two are rejected
    // together.
    if (Object.keys(address).length > 0) refuse([""]);
    return body;
  };
}

/** The parsers have read the file. */
function readFile({ query, body }: RequestParts): unknown {
  refuseQuery(query);
  return body;
}

function readNothing({ query, body }: RequestParts): undefined {
  refuseBody(body);
  refuseQuery(query);
}

function refuseBody(body: unknown): void {
  if (body === undefined) return;
  if (!isPlainRecord(body)) refuse([""]);
  refuse(Object.keys(record(body)));
}

function refuseQuery(query: unknown): void {
  refuse(Object.keys(record(query)));
}

/** Compiles a function that reads the path parameters and headers. */
function compileAddressReader({ headers }: Operation): (parts: RequestParts) => Record<string, unknown> {
  if (headers.size === 0) return ({ params }) => record(params);
  const names = [...headers].map(([field, name]) => [field, name.toLowerCase()] as const);
  return (parts) => {
    const sent = names.filter(([, name]) => parts.headers[name] !== undefined);
    return {
      ...record(parts.params),
      ...Object.fromEntries(sent.map(([field, name]) => [field, parts.headers[name]])),
    };
  };
}

type Merge = (inside: Record<string, unknown>, address: Record<string, unknown>) => unknown;

/**
 * Compiles a function that merges the address's fields into the others. It rejects these fields anywhere else, even if the
 * address lacks them.
 */
function compileMerge(addressFields: readonly string[]): Merge {
  const isOfAddress = new Set(addressFields);
  return (inside, address) => {
    refuse(Object.keys(inside).filter((key) => isOfAddress.has(key)));
    return { ...inside, ...address };
  };
}

function refuse(keys: readonly string[]): void {
  if (keys.length === 0) return;
  throw new GatehouseError("INVALID_INPUT", { errors: unknownFields(keys) });
}

function compileCoercion({ fields }: Operation): (values: Record<string, unknown>) => Record<string, unknown> {
  const coercions = new Map(Object.entries(fields).map(([name, schema]) => [name, coercionOf(unwrap(schema))]));
  return (values) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, coercions.get(name)?.(value) ?? value]));
}

/** Returns the conversion of text for a schema. Text that cannot be converted is kept, so that the schema rejects it. */
function coercionOf(schema: z.core.$ZodType): (value: unknown) => unknown {
  if (schema instanceof z.core.$ZodNumber || isOfNumbers(schema)) return toNumber;
  if (schema instanceof z.core.$ZodBigInt) return toBigInt;
  if (schema instanceof z.core.$ZodBoolean) return toBoolean;
  if (schema instanceof z.core.$ZodDate) return toDate;
  if (schema instanceof z.core.$ZodArray) {
    const coerceElement = coercionOf(unwrap(schema._zod.def.element));
    return (value) => (Array.isArray(value) ? value : [value]).map(coerceElement);
  }
  return (value) => value;
}

function isOfNumbers(schema: z.core.$ZodType): boolean {
  if (!(schema instanceof z.core.$ZodEnum || schema instanceof z.core.$ZodLiteral)) return false;
  return [...schema._zod.values].every((value) => typeof value === "number");
}

/** Keeps the text of an integer that JavaScript cannot represent exactly. */
function toNumber(value: unknown): unknown {
  if (typeof value !== "string" || !/^-?\d+(\.\d+)?$/.test(value)) return value;
  const number = Number(value);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? value : number;
}

function toBigInt(value: unknown): unknown {
  return typeof value === "string" && /^-?\d{1,100}$/.test(value) ? BigInt(value) : value;
}

function toBoolean(value: unknown): unknown {
  if (value === "true") return true;
  return value === "false" ? false : value;
}

/** Reads ISO 8601, as the OpenAPI document says. */
function toDate(value: unknown): unknown {
  return typeof value === "string" && z.iso.datetime({ offset: true }).safeParse(value).success
    ? new Date(value)
    : value;
}

function isPlainRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function record(value: unknown): Record<string, unknown> {
  return isPlainRecord(value) ? value : {};
}

/** Renames the fields of a failure that are sent in a header to that header, since a body cannot contain them. */
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
