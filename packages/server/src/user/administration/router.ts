import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { listSessionsOutput } from "../../auth/session/list-schema.ts";
import { listDevicesOutput } from "../../device/schema.ts";
import { authedProcedure, permissionProcedure } from "../../rpc/procedures.ts";
import { userSchema } from "../schema.ts";
import { inviteUser } from "./create.ts";
import { deleteUser, restoreUser } from "./delete.ts";
import { disableUser, enableUser } from "./disable.ts";
import { impersonate } from "./impersonate.ts";
import { getManagedUser, listUsers } from "./list.ts";
import { setRoles } from "./roles.ts";
import {
  adminUpdateInput,
  createdUserSchema,
  disableUserInput,
  impersonateInput,
  impersonateOutput,
  inviteUserInput,
  listOfUserInput,
  listUsersInput,
  listUsersOutput,
  managedUserSchema,
  setRolesInput,
  userDetailsSchema,
  userIdInput,
} from "./schema.ts";
import { listUserDevices, listUserSessions, revokeUserSessions } from "./sessions.ts";
import { updateManagedUser } from "./update.ts";

const tags = ["Administration"];

/** What operators and a support desk do with other people's accounts. */
export const administrationRouter = {
  list: permissionProcedure("user:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/users",
        tags,
        summary: "List and search accounts",
        description:
          "A page of accounts, the newest first. `search` finds a part of an address, name, username or number.",
      },
    })
    .input(listUsersInput)
    .output(listUsersOutput)
    .query(({ ctx, input }) => listUsers(ctx.deps, input)),

  get: permissionProcedure("user:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/users/{id}",
        tags,
        summary: "Read an account, deleted or not",
        description: "With what only operators see: status and its reason, private metadata, and when it was deleted.",
      },
      errors: ["NOT_FOUND"],
    })
    .input(userIdInput)
    .output(userDetailsSchema)
    .query(({ ctx, input }) => getManagedUser(ctx.deps, input.id)),

  create: permissionProcedure("user:create")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/users",
        tags,
        summary: "Create an account and invite its owner",
        description:
          "A mail lets the owner choose a password within seven days. For an account without an address, the answer has the link instead: give it to the owner and nobody else. Until then nobody can sign in.",
      },
      successStatus: 201,
      errors: [
        "EMAIL_TAKEN",
        "USERNAME_TAKEN",
        "USERNAME_RESERVED",
        "PHONE_TAKEN",
        "REDIRECT_NOT_ALLOWED",
        "EMAIL_NOT_CONFIGURED",
      ],
      audit: ["user.created", "password.link_created"],
    })
    .input(inviteUserInput)
    .output(createdUserSchema)
    .mutation(({ ctx, input }) => inviteUser(ctx.deps, input)),

  adminUpdate: permissionProcedure("user:update")
    .meta({
      openapi: {
        method: "PATCH",
        path: "/v1/users/{id}",
        tags,
        summary: "Change somebody's profile",
        description: "A missing field keeps its value, and null clears it.",
      },
      errors: ["NOT_FOUND", "USERNAME_TAKEN", "USERNAME_RESERVED", "ANONYMOUS_ACCOUNT"],
      audit: ["user.updated"],
    })
    .input(adminUpdateInput)
    .output(userDetailsSchema)
    .mutation(({ ctx, input }) => updateManagedUser(ctx.deps, ctx.actor, input)),

  disable: permissionProcedure("user:disable")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/users/{id}/disable",
        tags,
        summary: "Disable an account",
        description:
          "Its sessions end at once. Nobody signs in or calls with its API keys until it is enabled. A disabled account gets the new reason and time.",
      },
      errors: ["NOT_FOUND", "LAST_ADMIN"],
      audit: ["user.disabled", "session.revoked"],
    })
    .input(disableUserInput)
    .output(managedUserSchema)
    .mutation(({ ctx, input }) => disableUser(ctx.deps, ctx.actor, input)),

  enable: permissionProcedure("user:disable")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/users/{id}/enable",
        tags,
        summary: "Enable a disabled or deactivated account",
        description: "An active account stays as it is.",
      },
      errors: ["NOT_FOUND"],
      audit: ["user.enabled"],
    })
    .input(userIdInput)
    .output(managedUserSchema)
    .mutation(({ ctx, input }) => enableUser(ctx.deps, ctx.actor, input.id)),

  adminDelete: permissionProcedure("user:delete")
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/users/{id}",
        tags,
        summary: "Delete an account",
        description: "It can be restored until it is erased. Its address and username stay taken.",
      },
      errors: ["NOT_FOUND", "LAST_ADMIN"],
      audit: ["user.deleted", "session.revoked"],
    })
    .input(userIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => deleteUser(ctx.deps, ctx.actor, input.id)),

  restore: permissionProcedure("user:delete")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/users/{id}/restore",
        tags,
        summary: "Restore a deleted account",
        description: "Until it is erased. Its sessions and devices stay ended; the user signs in again.",
      },
      errors: ["NOT_FOUND"],
      audit: ["user.restored"],
    })
    .input(userIdInput)
    .output(managedUserSchema)
    .mutation(({ ctx, input }) => restoreUser(ctx.deps, ctx.actor, input.id)),

  listSessions: permissionProcedure("user:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/users/{id}/sessions",
        tags,
        summary: "List where a user is signed in",
        description: "The newest first, as the user sees them at `GET /v1/auth/sessions`.",
      },
      errors: ["NOT_FOUND"],
    })
    .input(listOfUserInput)
    .output(listSessionsOutput)
    .query(({ ctx, input }) => listUserSessions(ctx.deps, input)),

  revokeSessions: permissionProcedure("session:revoke")
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/users/{id}/sessions",
        tags,
        summary: "End every session of a user",
        description: "Access tokens of these sessions are refused at once. The user can sign in again.",
      },
      errors: ["NOT_FOUND"],
      audit: ["user.sessions_revoked", "session.revoked"],
    })
    .input(userIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => revokeUserSessions(ctx.deps, ctx.actor, input.id)),

  listDevices: permissionProcedure("user:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/users/{id}/devices",
        tags,
        summary: "List a user's devices",
        description: "The newest first, as the user sees them at `GET /v1/devices`.",
      },
      errors: ["NOT_FOUND"],
    })
    .input(listOfUserInput)
    .output(listDevicesOutput)
    .query(({ ctx, input }) => listUserDevices(ctx.deps, input)),

  impersonate: authedProcedure
    .meta({
      permission: "user:impersonate",
      openapi: {
        method: "POST",
        path: "/v1/users/{id}/impersonate",
        tags,
        summary: "Act in a user's name",
        description:
          "The session ends within an hour, and with the caller's own. It cannot touch credentials, addresses, keys or the account itself (`IMPERSONATION_REFUSED`). Administrators, and users who may do more than the caller, cannot be impersonated.",
      },
      errors: ["NOT_FOUND", "FORBIDDEN", "ACCOUNT_DISABLED"],
      audit: ["user.impersonated", "session.created"],
    })
    .input(impersonateInput)
    .output(impersonateOutput)
    .mutation(({ ctx, input }) => impersonate(ctx.deps, { actor: ctx.actor, origin: ctx.request }, input)),

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
      errors: ["NOT_FOUND", "ANONYMOUS_ACCOUNT", "LAST_ADMIN"],
      audit: ["user.roles_changed"],
    })
    .input(setRolesInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => setRoles(ctx.deps, ctx.actor, input)),
} satisfies TRPCRouterRecord;
