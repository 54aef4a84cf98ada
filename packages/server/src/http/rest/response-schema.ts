import { z } from "zod";
import type { Operation } from "./operation.ts";

/** The parts of a JSON schema that Fastify's serialiser gets. `JSON.stringify` writes a value with an empty schema. */
export interface ResponseSchema {
  readonly type?: "object" | "array" | "string" | "boolean";
  readonly format?: "date-time";
  readonly nullable?: true;
  readonly properties?: Readonly<Record<string, ResponseSchema>>;
  readonly items?: ResponseSchema;
}

/**
 * Returns the schema from which Fastify compiles a function that writes an operation's response in about half the time of
 * `JSON.stringify`. The schema does not validate the response: the procedure's output schema has done so before. A type without
 * a simple form gets an empty schema, and so does an object with a field that JSON may omit, such as a function.
 */
export function responseSchema({ output }: Pick<Operation, "output">): ResponseSchema | undefined {
  const schema = schemaOf(output, []);
  return schema?.type === "object" ? schema : undefined;
}

const open: ResponseSchema = {};

/** Returns `undefined` for a schema with values that JSON cannot represent. `around` lists the enclosing objects. */
function schemaOf(schema: z.core.$ZodType, around: readonly z.core.$ZodType[]): ResponseSchema | undefined {
  if (schema instanceof z.core.$ZodObject) return around.includes(schema) ? open : objectSchema(schema, around);
  if (schema instanceof z.core.$ZodArray) return arraySchema(schemaOf(schema._zod.def.element, around));
  if (schema instanceof z.core.$ZodNullable) return nullable(schemaOf(schema._zod.def.innerType, around));
  if (schema instanceof z.core.$ZodReadonly) return schemaOf(schema._zod.def.innerType, around);
  if (schema instanceof z.core.$ZodDate) return { type: "string", format: "date-time" };
  if (schema instanceof z.core.$ZodString) return { type: "string" };
  if (schema instanceof z.core.$ZodBoolean) return { type: "boolean" };
  if (schema instanceof z.core.$ZodEnum || schema instanceof z.core.$ZodLiteral) return valueSchema(schema);
  return hasText(schema, around) ? open : undefined;
}

/** Whether JSON can represent every value of the schema. */
function hasText(schema: z.core.$ZodType, around: readonly z.core.$ZodType[]): boolean {
  if (schema instanceof z.core.$ZodUnion) {
    return schema._zod.def.options.every((option) => schemaOf(option, around) !== undefined);
  }
  return [z.core.$ZodNumber, z.core.$ZodRecord, z.core.$ZodNull].some((kind) => schema instanceof kind);
}

function objectSchema(schema: z.core.$ZodObject, around: readonly z.core.$ZodType[]): ResponseSchema {
  const { shape, catchall } = schema._zod.def;
  // An object that keeps unknown fields has fields that no schema foresees.
  if (catchall !== undefined && !(catchall instanceof z.core.$ZodNever)) return open;
  const properties: Record<string, ResponseSchema> = {};
  for (const [name, field] of Object.entries(shape)) {
    const property = schemaOf(field instanceof z.core.$ZodOptional ? field._zod.def.innerType : field, [
      ...around,
      schema,
    ]);
    if (property === undefined) return open;
    properties[name] = property;
  }
  return { type: "object", properties };
}

/** Returns an empty schema if JSON cannot represent every element: it writes `null` for such an element. */
function arraySchema(items: ResponseSchema | undefined): ResponseSchema {
  return items === undefined ? open : { type: "array", items };
}

function nullable(schema: ResponseSchema | undefined): ResponseSchema | undefined {
  return schema?.type === undefined ? schema : { ...schema, nullable: true };
}

function valueSchema({ _zod: { values } }: z.core.$ZodEnum | z.core.$ZodLiteral): ResponseSchema | undefined {
  const types = new Set([...values].map((value) => (value === null ? "null" : typeof value)));
  if (types.has("undefined")) return undefined;
  return types.size === 1 && types.has("string") ? { type: "string" } : open;
}
