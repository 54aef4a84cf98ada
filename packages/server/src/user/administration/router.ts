import type { TRPCRouterRecord } from "@trpc/server";
import { permissionProcedure } from "../../rpc/procedures.ts";
import { userSchema } from "../schema.ts";
import { setRoles } from "./roles.ts";
import { setRolesInput } from "./schema.ts";

const tags = ["Administration"];

/** What operators and a support desk do with other people's accounts. */
export const administrationRouter = {
  setRoles: permissionProcedure("role:assign")
    .meta({
      openapi: {
        method: "PUT",
        path: "/v1/users/{id}/roles",
        tags,
        summary: "Replace the roles of a user",
        description:
          "Nobody can give or take roles that allow more than their own do. The last administrator keeps the role.",
      },
      errors: ["NOT_FOUND", "LAST_ADMIN"],
      audit: ["user.roles_changed"],
    })
    .input(setRolesInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => setRoles(ctx.deps, ctx.actor, input)),
} satisfies TRPCRouterRecord;
