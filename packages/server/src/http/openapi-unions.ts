import { z } from "zod";

/** A schema of the document, as JSON. */
type JsonSchema = Record<string, unknown>;

/** A form of an answer, known by its `status`. */
const formSchema = z.looseObject({
  properties: z.looseObject({ status: z.looseObject({ const: z.string() }) }),
});

/** The named schemas of the document. */
export type NamedSchemas = Record<string, unknown>;

/**
 * Makes the forms of an operation's answers fit for generated clients, which know a form by a field of a named schema (OpenAPI
 * 3.1, 4.8.25): the only form takes the place of its union, and several get names and a discriminator. Adds the schemas that it
 * names.
 */
export function discriminateForms(procedure: string, responses: object, schemas: NamedSchemas): void {
  for (const response of Object.values(responses)) {
    const json = (response.content as Record<string, { schema?: JsonSchema }> | undefined)?.["application/json"];
    if (json?.schema !== undefined) json.schema = discriminated(json.schema, { procedure, schemas });
  }
}

interface Named {
  readonly procedure: string;
  readonly schemas: NamedSchemas;
}

function discriminated(schema: JsonSchema, { procedure, schemas }: Named): JsonSchema {
  const { oneOf, type: _object, ...rest } = schema;
  if (!Array.isArray(oneOf)) return schema;
  if (oneOf.length === 1) return { ...rest, ...oneOf[0] };
  const statuses = oneOf.map((member) => statusOf(member, schemas));
  if (!statuses.every((status) => status !== undefined)) return schema;
  const references = oneOf.map((member: JsonSchema, index) => {
    if (typeof member["$ref"] === "string") return member["$ref"];
    const name = pascalCase(`${procedure}.${statuses[index]}`);
    schemas[name] = member;
    return `#/components/schemas/${name}`;
  });
  const mapping = Object.fromEntries(statuses.map((status, index) => [status, references[index]]));
  return { ...rest, oneOf: references.map(($ref) => ({ $ref })), discriminator: { propertyName: "status", mapping } };
}

function statusOf(member: JsonSchema, schemas: NamedSchemas): string | undefined {
  const reference = member["$ref"];
  const schema = typeof reference === "string" ? schemas[reference.split("/").at(-1) ?? ""] : member;
  return formSchema.safeParse(schema).data?.properties.status.const;
}

/** `AuthLoginSignedIn` for `auth.login.signed_in`. */
function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
