import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { authedProcedure } from "../../rpc/procedures.ts";
import { listSessions, revokeSession } from "./list.ts";
import { listSessionsInput, listSessionsOutput, revokeSessionInput } from "./list-schema.ts";

const tags = ["Authentication"];

/** Lists and revokes the sessions of the user. */
export const sessionsRouter = {
  list: authedProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/auth/sessions",
        tags,
        summary: "List where the user is signed in",
        description:
          "The newest first, with device, address and last use; `current` marks the session of this call. End one by `DELETE /v1/auth/sessions/{id}`.",
      },
      impersonation: "allowed",
    })
    .input(listSessionsInput)
    .output(listSessionsOutput)
    .query(({ ctx, input }) => listSessions(ctx.deps, ctx.actor, input)),

  revoke: authedProcedure
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/auth/sessions/{id}",
        tags,
        summary: "End one of the user's sessions",
        description: "Answers alike where it has ended already. The session that asks may end itself.",
      },
      errors: ["NOT_FOUND"],
      audit: ["session.revoked"],
    })
    .input(revokeSessionInput)
    .output(z.void())
    .mutation(({ ctx, input }) => revokeSession(ctx.deps, ctx.actor, input.id)),
} satisfies TRPCRouterRecord;
