import type { TRPCRouterRecord } from "@trpc/server";
import { permissionProcedure } from "../rpc/procedures.ts";
import { accountMetricsInput, accountMetricsOutput } from "./schema.ts";
import { readAccountMetrics } from "./service.ts";

/** Numbers for a dashboard. */
export const metricsRouter = {
  accounts: permissionProcedure("metrics:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/metrics/accounts",
        tags: ["Metrics"],
        summary: "Sign-ups, sign-ins and active users by day",
        description:
          "Days are those of UTC. A job counts every ten minutes, so the numbers of today and of the day before still grow. docs/guides/administration.md says what counts.",
      },
    })
    .input(accountMetricsInput)
    .output(accountMetricsOutput)
    .query(({ ctx, input }) => readAccountMetrics(ctx.deps, input)),
} satisfies TRPCRouterRecord;
