import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { publicProcedure, sudoProcedure } from "../../rpc/procedures.ts";
import { deleteAccountInput, undoDeletionInput, undoDeletionOutput } from "./schema.ts";
import { deactivateAccount, deleteAccount, restoreByLink } from "./service.ts";

const tags = ["Users"];

/** Leaving: deactivating and deleting one's own account, and undoing that. */
export const deletionRouter = {
  deactivate: sudoProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/users/me/deactivate",
        tags,
        summary: "Deactivate the account of the signed-in user",
        description: "Every session ends. Only an administrator can let the user sign in again.",
      },
      errors: ["LAST_ADMIN"],
      audit: ["user.deactivated", "session.revoked"],
    })
    .input(z.void())
    .output(z.void())
    .mutation(({ ctx }) => deactivateAccount(ctx.deps, ctx.actor)),

  delete: sudoProcedure
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/users/me",
        tags,
        summary: "Delete the account of the signed-in user",
        description:
          "Every session and API key ends. The account is erased after the server's retention time, 30 days by default; until then a link that a proven address is sent restores it.",
      },
      errors: ["LAST_ADMIN", "REDIRECT_NOT_ALLOWED"],
      audit: ["user.deleted", "session.revoked", "api_key.revoked"],
    })
    .input(deleteAccountInput)
    .output(z.void())
    .mutation(({ ctx, input }) => deleteAccount(ctx.deps, ctx.actor, input)),

  undoDeletion: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/users/undo-deletion",
        tags,
        summary: "Restore a deleted account by the token of a link",
        description: "Sessions and API keys stay ended.",
      },
      limits: [callLimits.redemption],
      errors: ["RESTORATION_TOKEN_INVALID", "TOO_MANY_REQUESTS"],
      audit: ["user.restored"],
    })
    .input(undoDeletionInput)
    .output(undoDeletionOutput)
    .mutation(({ ctx, input }) => restoreByLink(ctx.deps, input.token)),
} satisfies TRPCRouterRecord;
