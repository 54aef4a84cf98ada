import { z } from "zod";
import { roleNameSchema } from "../../role/schema.ts";

/** The most roles of a user. */
const maxRoles = 50;

/** The input of `user.setRoles`: the roles that the user has from then on. */
export const setRolesInput = z.strictObject({
  id: z.uuid(),
  roles: z.array(roleNameSchema).max(maxRoles),
});
