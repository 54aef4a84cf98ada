import { z } from "zod";
import { pageInput, pageOf } from "../schema/page.ts";
import { text } from "../schema/text.ts";
import { timestampSchema } from "../schema/timestamp.ts";

/** The most permissions of a role: more than any server has. */
const maxPermissions = 500;

/** The name of a role, which is also its address. */
export const roleNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,49}$/, "Must be 1 to 50 lower-case letters, digits or dashes, the first a letter")
  .meta({ examples: ["support"] });

const permissionsSchema = z
  .array(text({ max: 200 }).meta({ examples: ["user:read"] }))
  .max(maxPermissions)
  .meta({ description: "Permissions of the server's operations; docs/permissions.md lists Gatehouse's own" });

const descriptionSchema = text({ min: 0, max: 500 }).meta({ examples: ["Answers the telephone"] });

/** A role as the API returns it. */
export const roleSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    permissions: z.array(z.string()).meta({ description: "`*` stands for every permission" }),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: "Role" });

/** The input of `role.list`. */
export const listRolesInput = z.strictObject(pageInput).prefault({});

/** The output of `role.list`. */
export const listRolesOutput = pageOf(roleSchema);

/** The input of `role.create`. */
export const createRoleInput = z.strictObject({
  name: roleNameSchema,
  description: descriptionSchema.default(""),
  permissions: permissionsSchema,
});

/** The input of `role.update`. A missing field keeps its value. */
export const updateRoleInput = z.strictObject({
  name: roleNameSchema,
  description: descriptionSchema.optional(),
  permissions: permissionsSchema.optional(),
});

/** The input of `role.delete`. */
export const deleteRoleInput = z.strictObject({ name: roleNameSchema });
