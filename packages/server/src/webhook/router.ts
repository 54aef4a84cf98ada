import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { permissionProcedure } from "../rpc/procedures.ts";
import { listDeliveries, redeliver } from "./deliveries.ts";
import {
  createWebhookInput,
  deliverySchema,
  listDeliveriesInput,
  listDeliveriesOutput,
  listWebhooksInput,
  listWebhooksOutput,
  redeliverInput,
  updateWebhookInput,
  webhookIdInput,
  webhookSchema,
  webhookWithSecretOutput,
} from "./schema.ts";
import { createWebhook, deleteWebhook, getWebhook, listWebhooks, rotateSecret, updateWebhook } from "./service.ts";

const tags = ["Webhooks"];

/** Addresses of other services that are told of events. */
export const webhookRouter = {
  list: permissionProcedure("webhook:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/webhooks",
        tags,
        summary: "List the webhooks",
        description: "The newest first, without their secrets.",
      },
    })
    .input(listWebhooksInput)
    .output(listWebhooksOutput)
    .query(({ ctx, input }) => listWebhooks(ctx.deps, input)),

  create: permissionProcedure("webhook:write")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/webhooks",
        tags,
        summary: "Create a webhook",
        description:
          "The answer holds the secret of the signatures, which is shown only here. Each call makes another webhook: after a lost answer, look at the list. It also takes the permission to read what the events contain: `user:read`.",
      },
      successStatus: 201,
      errors: ["WEBHOOK_LIMIT_REACHED"],
      audit: ["webhook.created"],
    })
    .input(createWebhookInput)
    .output(webhookWithSecretOutput)
    .mutation(({ ctx, input }) => createWebhook(ctx.deps, ctx.actor, input)),

  get: permissionProcedure("webhook:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/webhooks/{id}",
        tags,
        summary: "A webhook",
        description: "With its events and whether it is paused, without its secret.",
      },
      errors: ["NOT_FOUND"],
    })
    .input(webhookIdInput)
    .output(webhookSchema)
    .query(({ ctx, input }) => getWebhook(ctx.deps, input.id)),

  update: permissionProcedure("webhook:write")
    .meta({
      openapi: {
        method: "PATCH",
        path: "/v1/webhooks/{id}",
        tags,
        summary: "Change, disable or resume a webhook",
        description:
          "What waits to be delivered goes to the new address. Other servers notice within a second. Changes of the address or the events, and a resumption, also take the permission to read what the events contain: `user:read`.",
      },
      errors: ["NOT_FOUND"],
      audit: ["webhook.updated"],
    })
    .input(updateWebhookInput)
    .output(webhookSchema)
    .mutation(({ ctx, input }) => updateWebhook(ctx.deps, ctx.actor, input)),

  delete: permissionProcedure("webhook:write")
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/webhooks/{id}",
        tags,
        summary: "Delete a webhook with its deliveries",
        description: "A repeated call answers 404.",
      },
      errors: ["NOT_FOUND"],
      audit: ["webhook.deleted"],
    })
    .input(webhookIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => deleteWebhook(ctx.deps, input.id)),

  rotateSecret: permissionProcedure("webhook:write")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/webhooks/{id}/rotate-secret",
        tags,
        summary: "Give a webhook another secret",
        description:
          "The old secret signs too for 24 hours, unless the server is set otherwise. A second rotation ends it at once.",
      },
      errors: ["NOT_FOUND"],
      audit: ["webhook.secret_rotated"],
    })
    .input(webhookIdInput)
    .output(webhookWithSecretOutput)
    .mutation(({ ctx, input }) => rotateSecret(ctx.deps, ctx.actor, input.id)),

  deliveries: {
    list: permissionProcedure("webhook:read")
      .meta({
        openapi: {
          method: "GET",
          path: "/v1/webhooks/{id}/deliveries",
          tags,
          summary: "List the deliveries of a webhook",
          description: "The newest first, with what became of each.",
        },
        errors: ["NOT_FOUND"],
      })
      .input(listDeliveriesInput)
      .output(listDeliveriesOutput)
      .query(({ ctx, input }) => listDeliveries(ctx.deps, input)),

    redeliver: permissionProcedure("webhook:write")
      .meta({
        openapi: {
          method: "POST",
          path: "/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver",
          tags,
          summary: "Deliver an event again",
          description:
            "Under the same `webhook-id`, so that a receiver that has seen it can tell. Each call sends it once more.",
        },
        successStatus: 202,
        errors: ["NOT_FOUND", "WEBHOOK_NOT_ACTIVE"],
        audit: ["webhook.redelivery_requested"],
      })
      .input(redeliverInput)
      .output(deliverySchema)
      .mutation(({ ctx, input }) => redeliver(ctx.deps, input)),
  },
} satisfies TRPCRouterRecord;
