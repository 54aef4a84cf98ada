import { z } from "zod";
import { unwrap } from "../../packages/server/src/http/rest/operation.ts";
import type { Operation } from "./calls.ts";

/** A field of an input, at any depth. */
export interface InputField {
  /** As in `device.platform`. */
  readonly path: string;
  readonly schema: z.core.$ZodType;
  /** An input with only this value at the path. */
  holding(value: unknown): Record<string, unknown>;
}

/** The fields of an operation's input, and those inside them. */
export function inputFields({ fields }: Pick<Operation, "fields">): readonly InputField[] {
  return Object.entries(fields).flatMap(([name, schema]) => {
    const inner = unwrap(schema);
    const own = { path: name, schema, holding: (value: unknown) => ({ [name]: value }) };
    if (!(inner instanceof z.core.$ZodObject)) return [own];
    const nested = inputFields({ fields: inner._zod.def.shape }).map((field) => ({
      path: `${name}.${field.path}`,
      schema: field.schema,
      holding: (value: unknown) => ({ [name]: field.holding(value) }),
    }));
    return [own, ...nested];
  });
}
