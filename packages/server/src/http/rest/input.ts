import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { GatehouseError } from "../../errors.ts";
import { unknownFields } from "../../schema/field-errors.ts";
import { type Operation, unwrap } from "./operation.ts";

/** The parts of a request that an input is made of, as Fastify parsed them. */
interface RequestParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
}

/** Makes a procedure's input of a request. */
export type InputReader = (parts: RequestParts) => unknown;

/**
 * Compiles how an operation's input comes together: path parameters, headers where the operation names some, and the body,
 * or the query where the method has no body. Text of path, query and headers becomes numbers and booleans where the schema
 * wants them; the schema itself is not touched, so that the same input is judged alike over RPC. The reader throws
 * `INVALID_INPUT` for whatever is in a place where the operation takes nothing.
 */
export function compileInputReader(operation: Operation): InputReader {
  if (!operation.takesInput) return readNothing;
  const coerce = compileCoercion(operation);
  const readAddress = compileAddressReader(operation);
  if (!operation.takesBody) {
    return (parts) => {
      refuseBody(parts.body);
      return merge(coerce(record(parts.query)), coerce(readAddress(parts)));
    };
  }
  return (parts) => {
    refuseQuery(parts.query);
    const { body } = parts;
    // No body is an empty one, so that the answer names the fields that are missing; the schema refuses an array or a
    // bare value by itself.
    return body === undefined || isPlainRecord(body) ? merge(record(body), coerce(readAddress(parts))) : body;
  };
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

/** What is not in body or query: a record of fields, in which a header that was not sent is undefined. */
function compileAddressReader({ headers }: Operation): (parts: RequestParts) => Record<string, unknown> {
  if (headers.size === 0) return ({ params }) => record(params);
  const names = [...headers].map(([field, name]) => [field, name.toLowerCase()] as const);
  return (parts) => ({
    ...record(parts.params),
    ...Object.fromEntries(names.map(([field, name]) => [field, parts.headers[name]])),
  });
}

function merge(inside: Record<string, unknown>, address: Record<string, unknown>): unknown {
  refuse(Object.keys(inside).filter((key) => Object.hasOwn(address, key)));
  return { ...inside, ...address };
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

/** What text of the address means for a schema; text that means nothing stays, for the schema to refuse. */
function coercionOf(schema: z.core.$ZodType): (value: unknown) => unknown {
  if (schema instanceof z.core.$ZodNumber) return toNumber;
  if (schema instanceof z.core.$ZodBoolean) return toBoolean;
  if (schema instanceof z.core.$ZodArray) {
    const coerceElement = coercionOf(unwrap(schema._zod.def.element));
    return (value) => (Array.isArray(value) ? value : [value]).map(coerceElement);
  }
  return (value) => value;
}

function toNumber(value: unknown): unknown {
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function toBoolean(value: unknown): unknown {
  if (value === "true") return true;
  return value === "false" ? false : value;
}

function isPlainRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function record(value: unknown): Record<string, unknown> {
  return isPlainRecord(value) ? value : {};
}
