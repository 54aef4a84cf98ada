import type { TRPCRouterRecord } from "@trpc/server";
import { permissionProcedure } from "../rpc/procedures.ts";
import { listAuditEventsInput, listAuditEventsOutput } from "./schema.ts";
import { listAuditEvents } from "./service.ts";

/** What happened, and who did it. */
export const auditRouter = {
  list: permissionProcedure("audit:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/audit-events",
        tags: ["Audit log"],
        summary: "List the events of the audit log",
        description: "The newest first. docs/guides/audit-log.md lists the actions.",
      },
    })
    .input(listAuditEventsInput)
    .output(listAuditEventsOutput)
    .query(({ ctx, input }) => listAuditEvents(ctx.deps, input)),
} satisfies TRPCRouterRecord;
