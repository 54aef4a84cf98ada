import type { z } from "zod";
import { GatehouseError } from "../../errors.ts";
import { toFieldErrors } from "../../schema/field-errors.ts";
import { type Metadata, metadataSchema } from "./schema.ts";

/** The schemas that an app gives for the metadata of its users. Each is applied to what is written, not to what is read. */
export interface MetadataSchemas {
  /** For `publicMetadata`, which users write themselves. Default: any object of JSON. */
  readonly public?: z.ZodType<Metadata>;
  /** For `privateMetadata`. Default: any object of JSON. */
  readonly private?: z.ZodType<Metadata>;
}

/**
 * Applies the app's schema, whose output is stored. Throws `INVALID_INPUT` with the paths inside the metadata, also if the
 * output is no JSON within the limits.
 */
export async function parseMetadata(
  { metadata }: { readonly metadata: MetadataSchemas },
  kind: keyof MetadataSchemas,
  given: Metadata,
): Promise<Metadata> {
  const schema = metadata[kind];
  const parsed = schema === undefined ? given : await parseWith(schema, kind, given);
  return await parseWith(metadataSchema, kind, parsed);
}

async function parseWith(schema: z.ZodType<Metadata>, kind: string, given: unknown): Promise<Metadata> {
  const { success, data, error } = await schema.safeParseAsync(given);
  if (success) return data;
  const issues = error.issues.map((issue) => ({ ...issue, path: [`${kind}Metadata`, ...issue.path] }));
  throw new GatehouseError("INVALID_INPUT", { errors: toFieldErrors(issues) });
}
