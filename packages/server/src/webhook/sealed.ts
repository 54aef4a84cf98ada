import { sealedColumn } from "../encryption/sealed-column.ts";

/** The context that binds a sealed secret to its row. */
export const webhookSecretContext = (id: string) => `webhook-secret:${id}`;

/** The context that binds a sealed payload to its event. */
export const eventPayloadContext = (eventId: string) => `webhook-event:${eventId}`;

/** The secrets that sign deliveries. */
export const sealedWebhookSecrets = sealedColumn({
  name: "webhook secrets",
  table: "webhook_secret",
  column: "secret",
  idColumn: "public_id",
  idType: "uuid",
  contextOf: webhookSecretContext,
});

/** The bodies of deliveries; the index of their versions is `webhook_event_payload_version_index`. */
export const sealedEventPayloads = sealedColumn({
  name: "webhook events",
  table: "webhook_event",
  column: "payload",
  idColumn: "public_id",
  idType: "uuid",
  contextOf: eventPayloadContext,
});
