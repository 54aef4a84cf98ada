import type { Config } from "../../config.ts";
import type { DatabaseTransaction } from "../../database/index.ts";
import type { Dependencies } from "../../dependencies.ts";
import { GatehouseError } from "../../errors.ts";
import { defineJob } from "../../jobs/index.ts";
import { openMessage, type SealedMessage, sealedMessageSchema, sealMessage } from "../sealed-message.ts";
import { renderSms } from "./render.ts";
import { type Sms, smsSchema } from "./sms.ts";

/** Renders a text message and hands it to the provider; given up after some 10 minutes, when no code works any more. */
export const smsJob = defineJob({ name: "send-sms", schema: sealedMessageSchema, retry: { maxAttempts: 9 } });

/**
 * Enqueues the message in the caller's transaction; its content is sealed by the key ring in the job's payload. Nothing
 * else comes of such a call than the message, so where none can be sent it throws `SMS_NOT_CONFIGURED`.
 */
export async function sendSms(
  deps: Pick<Dependencies, "config" | "jobs" | "keyRing" | "random">,
  trx: DatabaseTransaction,
  sms: Sms,
): Promise<void> {
  requireSms(deps.config);
  await deps.jobs.enqueue(trx, smsJob, sealMessage(deps, "sms", sms));
}

/** What {@link smsJob} does. Throws `JobFailure`. */
export async function deliverSms(
  deps: Pick<Dependencies, "config" | "keyRing" | "smsSender">,
  payload: SealedMessage,
): Promise<void> {
  const sms = openMessage(deps.keyRing, payload, { kind: "sms", schema: smsSchema });
  const text = renderSms(deps.config, sms);
  await deps.smsSender.send({ id: payload.id, to: sms.to, template: sms.template, text });
}

/** Throws `SMS_NOT_CONFIGURED` where text messages go nowhere, neither to a provider nor to the development outbox. */
export function requireSms({ sms }: Pick<Config, "sms">): void {
  if (sms.kind === "none") throw new GatehouseError("SMS_NOT_CONFIGURED");
}
