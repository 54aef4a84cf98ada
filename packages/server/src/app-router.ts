import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { auditRouter } from "./audit/router.ts";
import { authRouter } from "./auth/router.ts";
import { deviceRouter } from "./device/router.ts";
import { groupRouter } from "./group/router.ts";
import { metricsRouter } from "./metrics/router.ts";
import { notificationRouter } from "./notification/router.ts";
import { roleRouter } from "./role/router.ts";
import { boundErrors } from "./rpc/bounded-errors.ts";
import { createRouter, publicProcedure } from "./rpc/procedures.ts";
import { jobRouter } from "./user/bulk/router.ts";
import { userRouter } from "./user/router.ts";
import { webhookRouter } from "./webhook/router.ts";

/** Gatehouse's own procedures, with one record for each slice. */
export const gatehouseRecords = {
  ping: publicProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/ping",
        tags: ["Service"],
        summary: "Whether the API answers",
        description:
          "For a first call, and for the app's own check that the address is right. Load balancers ask `GET /health/ready`.",
      },
    })
    .input(z.void())
    .output(z.object({ message: z.literal("pong") }))
    .query(() => ({ message: "pong" as const })),
  auth: authRouter,
  user: userRouter,
  device: deviceRouter,
  notification: notificationRouter,
  role: roleRouter,
  webhook: webhookRouter,
  group: groupRouter,
  audit: auditRouter,
  job: jobRouter,
  metrics: metricsRouter,
} satisfies TRPCRouterRecord;

/** Creates the router of Gatehouse's records and the app's own. Throws if the app uses a name of Gatehouse's. */
export function createAppRouter<R extends TRPCRouterRecord>(routers: R) {
  const taken = Object.keys(routers).filter((name) => name in gatehouseRecords);
  if (taken.length > 0) throw new Error(`Gatehouse has routers of these names already: ${taken.join(", ")}`);
  return boundErrors(createRouter({ ...gatehouseRecords, ...routers }));
}
