import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { permissionProcedure } from "../rpc/procedures.ts";
import { addMember, addMembers, listMembers, removeMember } from "./members.ts";
import {
  addMembersInput,
  addMembersOutput,
  createGroupInput,
  groupIdInput,
  groupSchema,
  listGroupsInput,
  listGroupsOutput,
  listMembersInput,
  listMembersOutput,
  memberInput,
  updateGroupInput,
} from "./schema.ts";
import { createGroup, getGroup, listGroups, removeGroup, updateGroup } from "./service.ts";

const tags = ["Groups"];

/** Room for a thousand ids of users. */
const maxBytesOfMembers = 128 * 1024;

const memberRouter = {
  list: permissionProcedure("group:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/groups/{id}/members",
        tags,
        summary: "List the members of a group",
        description: "A page has at most a thousand.",
      },
      errors: ["NOT_FOUND"],
    })
    .input(listMembersInput)
    .output(listMembersOutput)
    .query(({ ctx, input }) => listMembers(ctx.deps, input)),

  addMany: permissionProcedure("group:write")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/groups/{id}/members",
        tags,
        summary: "Add up to a thousand members to a group",
        description: "All of the users become members, or none.",
      },
      errors: ["NOT_FOUND"],
      maxBodyBytes: maxBytesOfMembers,
      audit: ["group.member_added"],
    })
    .input(addMembersInput)
    .output(addMembersOutput)
    .mutation(({ ctx, input }) => addMembers(ctx.deps, ctx.actor, input)),

  add: permissionProcedure("group:write")
    .meta({
      openapi: {
        method: "PUT",
        path: "/v1/groups/{id}/members/{userId}",
        tags,
        summary: "Add a member to a group",
        description: "The user has the group's roles from then on, on every instance within a second.",
      },
      errors: ["NOT_FOUND"],
      audit: ["group.member_added"],
    })
    .input(memberInput)
    .output(z.void())
    .mutation(({ ctx, input }) => addMember(ctx.deps, ctx.actor, input)),

  remove: permissionProcedure("group:write")
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/groups/{id}/members/{userId}",
        tags,
        summary: "Remove a member from a group",
        description: "The roles that the user had by the group end at once.",
      },
      errors: ["NOT_FOUND"],
      audit: ["group.member_removed"],
    })
    .input(memberInput)
    .output(z.void())
    .mutation(({ ctx, input }) => removeMember(ctx.deps, ctx.actor, input)),
} satisfies TRPCRouterRecord;

/** Groups of users, and the roles that their members have by them. */
export const groupRouter = {
  list: permissionProcedure("group:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/groups",
        tags,
        summary: "List the groups",
        description: "The newest first, with the roles that each carries.",
      },
    })
    .input(listGroupsInput)
    .output(listGroupsOutput)
    .query(({ ctx, input }) => listGroups(ctx.deps, input)),

  get: permissionProcedure("group:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/groups/{id}",
        tags,
        summary: "Read a group",
        description: "With its roles. `GET /v1/groups/{id}/members` lists its members.",
      },
      errors: ["NOT_FOUND"],
    })
    .input(groupIdInput)
    .output(groupSchema)
    .query(({ ctx, input }) => getGroup(ctx.deps, input.id)),

  create: permissionProcedure("group:write")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/groups",
        tags,
        summary: "Create a group",
        description: "Its roles hold for all its members, besides their own.",
      },
      successStatus: 201,
      errors: ["GROUP_EXISTS"],
      audit: ["group.created"],
    })
    .input(createGroupInput)
    .output(groupSchema)
    .mutation(({ ctx, input }) => createGroup(ctx.deps, ctx.actor, input)),

  update: permissionProcedure("group:write")
    .meta({
      openapi: {
        method: "PATCH",
        path: "/v1/groups/{id}",
        tags,
        summary: "Change a group",
        description: "Its members have its new roles from then on, on every instance within a second.",
      },
      errors: ["NOT_FOUND", "GROUP_EXISTS"],
      audit: ["group.updated"],
    })
    .input(updateGroupInput)
    .output(groupSchema)
    .mutation(({ ctx, input }) => updateGroup(ctx.deps, ctx.actor, input)),

  delete: permissionProcedure("group:write")
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/groups/{id}",
        tags,
        summary: "Delete a group",
        description: "Its members stay, without the roles that they had by it.",
      },
      errors: ["NOT_FOUND"],
      audit: ["group.deleted"],
    })
    .input(groupIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => removeGroup(ctx.deps, ctx.actor, input.id)),

  members: memberRouter,
} satisfies TRPCRouterRecord;
