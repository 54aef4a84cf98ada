import type { z } from "zod";
import type { Clock } from "../../clock.ts";
import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { toFieldErrors } from "../../schema/field-errors.ts";
import { changeUser, findUser } from "../store.ts";
import { type Metadata, metadataSchema } from "./schema.ts";

/** The schemas that an app gives for the metadata of its users. Each is applied to what is written, not to what is read. */
export interface MetadataSchemas {
  /** For `publicMetadata`, which users write themselves. Default: any object of JSON. */
  readonly public?: z.ZodType<Metadata>;
  /** For `privateMetadata`. Default: any object of JSON. */
  readonly private?: z.ZodType<Metadata>;
}

interface MetadataDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly metadata: MetadataSchemas;
}

/**
 * Applies the app's schema, whose output is stored. Throws `INVALID_INPUT` with the paths inside the metadata, also if the
 * output is no JSON within the limits.
 */
export async function parseMetadata(
  { metadata }: Pick<MetadataDeps, "metadata">,
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

/** The private metadata of a user, by the internal id, as `ctx.actor.userId` has it. Throws `NOT_FOUND` if there is no user. */
export async function getPrivateMetadata({ db }: Pick<MetadataDeps, "db">, userId: string): Promise<Metadata> {
  const user = await findUser(db, userId);
  if (user === undefined) throw new GatehouseError("NOT_FOUND");
  return user.private_metadata ?? {};
}

/**
 * Replaces the private metadata of a user, for the app's own code: users never see it. Throws `INVALID_INPUT`, and `NOT_FOUND`
 * if there is no user of this internal id.
 */
export async function setPrivateMetadata(deps: MetadataDeps, userId: string, given: Metadata): Promise<void> {
  const parsed = await parseMetadata(deps, "private", given);
  const changes = { private_metadata: JSON.stringify(parsed), updated_at: deps.clock.now() };
  if ((await changeUser(deps.db, userId, changes)) === undefined) throw new GatehouseError("NOT_FOUND");
}
