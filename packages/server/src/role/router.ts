import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { permissionProcedure } from "../rpc/procedures.ts";
import {
  createRoleInput,
  deleteRoleInput,
  listRolesInput,
  listRolesOutput,
  roleSchema,
  updateRoleInput,
} from "./schema.ts";
import { createRole, listRoles, removeRole, updateRole } from "./service.ts";

const tags = ["Roles"];

/** Roles and what they allow. */
export const roleRouter = {
  list: permissionProcedure("role:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/roles",
        tags,
        summary: "List the roles and their permissions",
        description: "The newest first. `admin` has every permission.",
      },
    })
    .input(listRolesInput)
    .output(listRolesOutput)
    .query(({ ctx, input }) => listRoles(ctx.deps, input)),

  create: permissionProcedure("role:write")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/roles",
        tags,
        summary: "Create a role",
        description: "Its permissions hold at once for everybody who gets the role.",
      },
      successStatus: 201,
      errors: ["ROLE_EXISTS"],
      audit: ["role.created"],
    })
    .input(createRoleInput)
    .output(roleSchema)
    .mutation(({ ctx, input }) => createRole(ctx.deps, ctx.actor, input)),

  update: permissionProcedure("role:write")
    .meta({
      openapi: {
        method: "PATCH",
        path: "/v1/roles/{name}",
        tags,
        summary: "Change a role",
        description:
          "Everybody who has the role may do what it allows from then on, on every instance within a second.",
      },
      errors: ["NOT_FOUND", "ROLE_FIXED"],
      audit: ["role.updated"],
    })
    .input(updateRoleInput)
    .output(roleSchema)
    .mutation(({ ctx, input }) => updateRole(ctx.deps, ctx.actor, input)),

  delete: permissionProcedure("role:write")
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/roles/{name}",
        tags,
        summary: "Delete a role that nobody holds and no group carries",
        description: "Take the role from users and groups first. Built-in roles stay.",
      },
      errors: ["NOT_FOUND", "ROLE_FIXED", "ROLE_IN_USE"],
      audit: ["role.deleted"],
    })
    .input(deleteRoleInput)
    .output(z.void())
    .mutation(({ ctx, input }) => removeRole(ctx.deps, ctx.actor, input.name)),
} satisfies TRPCRouterRecord;
