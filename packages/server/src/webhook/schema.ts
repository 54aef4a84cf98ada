import { z } from "zod";
import { pageInput, pageOf } from "../schema/page.ts";
import { text } from "../schema/text.ts";
import { timestampSchema } from "../schema/timestamp.ts";
import { eventTypes } from "./event-types.ts";

const maxUrlCharacters = 2000;

const urlInput = text({ max: maxUrlCharacters })
  .refine((url) => URL.canParse(url), "Must be an address")
  .meta({
    description: "An https address without a user or password. Its host must resolve to public addresses",
    examples: ["https://example.com/webhooks"],
  });

const descriptionInput = text({ max: 200 })
  .nullable()
  .meta({ description: "What it is for", examples: ["The shop's customers"] });

const eventsInput = z
  .array(z.enum(eventTypes))
  .min(1)
  .max(100)
  .transform((types) => [...new Set(types)])
  .meta({ description: "The types of events to deliver" });

/** A webhook, without its secret. */
export const webhookSchema = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string().nullable(),
    events: z.array(z.string()),
    status: z.enum(["active", "disabled", "paused", "gone"]).meta({
      description:
        "`paused`: every attempt failed for days. `gone`: the receiver answered 410. Only `active` gets events",
    }),
    failingSince: timestampSchema
      .nullable()
      .meta({ description: "The first failed attempt after the last success; null if the last one succeeded" }),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: "Webhook" });

const secretField = z.string().meta({
  description: "The key of the signatures (Standard Webhooks). It is not shown again",
  examples: ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
});

/** An attempt to bring an event to a webhook, and what became of it. */
export const deliverySchema = z
  .object({
    id: z.uuid(),
    eventId: z.uuid().meta({ description: "The `webhook-id` of its requests" }),
    type: z.string(),
    status: z.enum(["pending", "delivered", "failed", "canceled"]).meta({
      description: "`failed`: no attempt of three days succeeded. `canceled`: the webhook was not active",
    }),
    attempts: z.int(),
    createdAt: timestampSchema,
    attemptedAt: timestampSchema.nullable().meta({ description: "When the last attempt began" }),
    durationMillis: z.int().nullable(),
    responseStatus: z.int().nullable(),
    responseExcerpt: z.string().nullable().meta({ description: "The beginning of the last response" }),
    error: z.string().nullable().meta({ description: "Why the last attempt failed" }),
  })
  .meta({ id: "WebhookDelivery" });

/** The input of `webhook.list`. */
export const listWebhooksInput = z.strictObject(pageInput).prefault({});

/** The output of `webhook.list`. */
export const listWebhooksOutput = pageOf(webhookSchema);

/** The input of procedures that name a webhook. */
export const webhookIdInput = z.strictObject({ id: z.uuid() });

/** The input of `webhook.create`. */
export const createWebhookInput = z.strictObject({
  url: urlInput,
  description: descriptionInput.optional(),
  events: eventsInput,
});

/** The output of `webhook.create` and `webhook.rotateSecret`. */
export const webhookWithSecretOutput = z.object({ webhook: webhookSchema, secret: secretField });

/** The input of `webhook.update`; what is left out stays. */
export const updateWebhookInput = z.strictObject({
  id: z.uuid(),
  url: urlInput.optional(),
  description: descriptionInput.optional(),
  events: eventsInput.optional(),
  status: z
    .enum(["active", "disabled"])
    .optional()
    .meta({ description: "`active` also resumes a webhook that was paused or gone" }),
});

/** The input of `webhook.deliveries.list`. */
export const listDeliveriesInput = z.strictObject({
  id: z.uuid(),
  status: deliverySchema.shape.status.optional(),
  ...pageInput,
});

/** The output of `webhook.deliveries.list`. */
export const listDeliveriesOutput = pageOf(deliverySchema);

/** The input of `webhook.deliveries.redeliver`. */
export const redeliverInput = z.strictObject({ id: z.uuid(), deliveryId: z.uuid() });
