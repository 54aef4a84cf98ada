import type { TRPCRouterRecord } from "@trpc/server";
import { authedProcedure } from "../../rpc/procedures.ts";
import { listSecurityEventsInput, listSecurityEventsOutput } from "./schema.ts";
import { listSecurityEvents } from "./service.ts";

/** What happened to the security of the caller's account. */
export const securityEventsRouter = {
  list: authedProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/auth/security-events",
        tags: ["Authentication"],
        summary: "List sign-ins and changes that matter to the security of the caller's account",
        description:
          "The newest first. What the user, an operator or the server did is named by `action`, as in the audit log.",
      },
    })
    .input(listSecurityEventsInput)
    .output(listSecurityEventsOutput)
    .query(({ ctx, input }) => listSecurityEvents(ctx.deps, ctx.actor, input)),
} satisfies TRPCRouterRecord;
