import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { sudoProcedure } from "../../rpc/procedures.ts";
import { exportOutput } from "./schema.ts";
import { requestExport } from "./service.ts";

/** A copy of all that is held about the signed-in user. */
export const exportRouter = {
  export: sudoProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/users/me/export",
        tags: ["Users"],
        summary: "Ask for a copy of all that is held about the signed-in user",
        description: "A job collects it as JSON. Then a mail brings a link to download it, which works once.",
      },
      successStatus: 202,
      limits: [callLimits.dataExport],
      errors: ["EMAIL_MISSING", "EMAIL_NOT_VERIFIED", "EMAIL_NOT_CONFIGURED", "TOO_MANY_REQUESTS"],
      audit: ["user.export_requested"],
    })
    .input(z.void())
    .output(exportOutput)
    .mutation(({ ctx }) => requestExport(ctx.deps, ctx.actor)),
} satisfies TRPCRouterRecord;
