import { z } from "zod";
import type { Operation } from "./operation.ts";

/** A JSON schema, as far as Fastify's serialiser is told of one. */
export interface ResponseSchema {
  readonly type?: "object" | "array" | "string" | "number" | "boolean";
  readonly format?: "date-time";
  readonly nullable?: true;
  readonly properties?: Readonly<Record<string, ResponseSchema>>;
  readonly items?: ResponseSchema;
}

/**
 * What Fastify compiles into a function that writes an operation's answer, in about half the time of `JSON.stringify`.
 * It is not what judges the answer: the procedure's output schema has done so by then. So whatever has no simple
 * form is left open, and written by `JSON.stringify`.
 */
export function responseSchema({
  output,
  successStatus,
}: Pick<Operation, "output" | "successStatus">): ResponseSchema | undefined {
  if (successStatus === 204) return undefined;
  const schema = schemaOf(output);
  return schema.type === "object" ? schema : undefined;
}

const open: ResponseSchema = {};

function schemaOf(schema: z.core.$ZodType): ResponseSchema {
  if (schema instanceof z.core.$ZodObject) return objectSchema(schema);
  if (schema instanceof z.core.$ZodArray) return { type: "array", items: schemaOf(schema._zod.def.element) };
  if (schema instanceof z.core.$ZodNullable) return nullable(schemaOf(schema._zod.def.innerType));
  if (schema instanceof z.core.$ZodOptional) return schemaOf(schema._zod.def.innerType);
  if (schema instanceof z.core.$ZodReadonly) return schemaOf(schema._zod.def.innerType);
  if (schema instanceof z.core.$ZodDate) return { type: "string", format: "date-time" };
  if (schema instanceof z.core.$ZodString) return { type: "string" };
  if (schema instanceof z.core.$ZodBoolean) return { type: "boolean" };
  if (schema instanceof z.core.$ZodEnum || schema instanceof z.core.$ZodLiteral) return textSchema(schema);
  return open;
}

/** An object that keeps unknown fields has some that no schema foresees. */
function objectSchema({ _zod: { def } }: z.core.$ZodObject): ResponseSchema {
  if (def.catchall !== undefined && !(def.catchall instanceof z.core.$ZodNever)) return open;
  const properties = Object.entries(def.shape).map(([name, field]) => [name, schemaOf(field)] as const);
  return { type: "object", properties: Object.fromEntries(properties) };
}

/** What has no type is open to null as it is. */
function nullable(schema: ResponseSchema): ResponseSchema {
  return schema.type === undefined ? schema : { ...schema, nullable: true };
}

function textSchema({ _zod: { values } }: z.core.$ZodEnum | z.core.$ZodLiteral): ResponseSchema {
  return [...values].every((value) => typeof value === "string") ? { type: "string" } : open;
}
