import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { permissionProcedure } from "../rpc/procedures.ts";
import {
  listNotificationsInput,
  listNotificationsOutput,
  notificationIdInput,
  notificationSchema,
  sendInput,
  sendOutput,
} from "./schema.ts";
import { cancelNotification, getNotification, listNotifications, sendNotification } from "./service.ts";

const tags = ["Notifications"];

/** Push notifications to users, devices, groups, segments and everyone. */
export const notificationRouter = {
  send: permissionProcedure("notification:send")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/notifications",
        tags,
        headers: { idempotencyKey: "Idempotency-Key" },
        summary: "Send a notification",
        description:
          "Workers deliver it to every device of the audience that has a push token, is not muted, and on which its user is signed in at that moment; `GET /v1/notifications/{id}` tells how far they are. With an `Idempotency-Key` a repeated call sends nothing more and gets the same answer.",
      },
      successStatus: 202,
      errors: ["IDEMPOTENCY_KEY_REUSED"],
      audit: ["notification.sent"],
    })
    .input(sendInput)
    .output(sendOutput)
    .mutation(({ ctx, input }) => sendNotification(ctx.deps, ctx.actor, input)),

  list: permissionProcedure("notification:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/notifications",
        tags,
        summary: "List the notifications",
        description: "The newest first, without users' tests of their own devices.",
      },
    })
    .input(listNotificationsInput)
    .output(listNotificationsOutput)
    .query(({ ctx, input }) => listNotifications(ctx.deps, input)),

  get: permissionProcedure("notification:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/notifications/{id}",
        tags,
        summary: "A notification, and what became of it",
        description:
          "The counts are of devices: queued, sent, failed, dropped, pruned and suppressed. They are final once the status is `done`, or `canceled` with none queued.",
      },
      errors: ["NOT_FOUND"],
    })
    .input(notificationIdInput)
    .output(notificationSchema)
    .query(({ ctx, input }) => getNotification(ctx.deps, input.id)),

  cancel: permissionProcedure("notification:send")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/notifications/{id}/cancel",
        tags,
        summary: "Cancel a notification that is scheduled or being sent",
        description:
          "Nothing more of it is sent after two seconds. Deliveries that were not made count as dropped. A repeated call changes nothing.",
      },
      errors: ["NOT_FOUND", "NOTIFICATION_DONE"],
      audit: ["notification.canceled"],
    })
    .input(notificationIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => cancelNotification(ctx.deps, input.id)),
} satisfies TRPCRouterRecord;
