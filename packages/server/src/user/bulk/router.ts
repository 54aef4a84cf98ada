import type { TRPCRouterRecord } from "@trpc/server";
import { permissionProcedure } from "../../rpc/procedures.ts";
import { bulkInput, bulkOutput, jobInput, jobSchema } from "./schema.ts";
import { enqueueBulk, getJob } from "./service.ts";

const tags = ["Administration"];

/** Changes of many accounts at once. */
export const bulkRouter = {
  bulk: permissionProcedure("user:bulk")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/users/bulk",
        tags,
        summary: "Disable, enable or delete many accounts",
        description:
          "A job does it; `GET /v1/jobs/{id}` tells how far it is. It takes the permission for one account too. Accounts of users who may do more than the caller stay as they are, and so does the last administrator.",
      },
      successStatus: 202,
      audit: ["user.bulk_requested"],
    })
    .input(bulkInput)
    .output(bulkOutput)
    .mutation(({ ctx, input }) => enqueueBulk(ctx.deps, ctx.actor, input)),
} satisfies TRPCRouterRecord;

/** How far jobs are. */
export const jobRouter = {
  get: permissionProcedure("user:bulk")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/jobs/{id}",
        tags,
        summary: "How far a job is",
        description: "Of a job that an operation started, such as a change of many accounts.",
      },
      errors: ["NOT_FOUND"],
    })
    .input(jobInput)
    .output(jobSchema)
    .query(({ ctx, input }) => getJob(ctx.deps, input.id)),
} satisfies TRPCRouterRecord;
