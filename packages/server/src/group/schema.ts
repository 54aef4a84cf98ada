import { z } from "zod";
import { adminRole } from "../role/permissions.ts";
import { roleNameSchema } from "../role/schema.ts";
import { defaultPageSize, pageInput, pageOf } from "../schema/page.ts";
import { text } from "../schema/text.ts";
import { timestampSchema } from "../schema/timestamp.ts";

/** The most roles of a group. */
const maxRoles = 50;

/** The most members of a page, and of one call that adds members. */
const maxMembers = 1000;

const nameSchema = text({ max: 100 }).meta({ examples: ["Accounting"] });
const descriptionSchema = text({ min: 0, max: 500 }).meta({ examples: ["Everybody who writes invoices"] });

const rolesSchema = z
  .array(roleNameSchema.refine((role) => role !== adminRole, "A group cannot carry this role"))
  .max(maxRoles)
  .meta({ description: `Roles that every member has; never \`${adminRole}\`` });

/** A group as the API returns it. */
export const groupSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string(),
    roles: z.array(z.string()),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: "Group" });

/** The input of `group.get` and `group.delete`. */
export const groupIdInput = z.strictObject({ id: z.uuid() });

/** The input of `group.list`. */
export const listGroupsInput = z.strictObject(pageInput).prefault({});

/** The output of `group.list`. */
export const listGroupsOutput = pageOf(groupSchema);

/** The input of `group.create`. */
export const createGroupInput = z.strictObject({
  name: nameSchema,
  description: descriptionSchema.default(""),
  roles: rolesSchema.default([]),
});

/** The input of `group.update`. A missing field keeps its value. */
export const updateGroupInput = z.strictObject({
  id: z.uuid(),
  name: nameSchema.optional(),
  description: descriptionSchema.optional(),
  roles: rolesSchema.optional(),
});

/** A member of a group as the API returns it. */
export const memberSchema = z
  .object({
    userId: z.uuid(),
    email: z.string().nullable(),
    username: z.string().nullable(),
    addedAt: timestampSchema,
  })
  .meta({ id: "GroupMember" });

/** The input of `group.members.list`. */
export const listMembersInput = z.strictObject({
  id: z.uuid(),
  ...pageInput,
  limit: z.int().min(1).max(maxMembers).default(defaultPageSize),
});

/** The output of `group.members.list`. */
export const listMembersOutput = pageOf(memberSchema);

/** The input of `group.members.add` and `group.members.remove`. */
export const memberInput = z.strictObject({ id: z.uuid(), userId: z.uuid() });

/** The input of `group.members.addMany`. */
export const addMembersInput = z.strictObject({ id: z.uuid(), userIds: z.array(z.uuid()).min(1).max(maxMembers) });

/** The output of `group.members.addMany`. */
export const addMembersOutput = z.object({
  added: z.int().meta({ description: "How many of the users were not members before" }),
});
