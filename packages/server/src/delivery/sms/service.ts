import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { defineJob, type JobAttempt } from "../../jobs/job.ts";
import type { JobQueue } from "../../jobs/queue.ts";
import type { Logger } from "../../logging/logger.ts";
import { openMessage, type SealDeps, type SealedMessage, sealedMessageSchema, sealMessage } from "../sealed-message.ts";
import { renderSms } from "./render.ts";
import { type Sms, smsSchema } from "./sms.ts";
import type { SmsSender } from "./sms-sender.ts";

/** What sending a text message needs. */
export interface SmsDeps extends SealDeps {
  readonly config: Pick<Config, "sms">;
  readonly jobs: JobQueue;
}

interface SmsDeliveryDeps {
  readonly config: Pick<Config, "productName">;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly log: Logger;
  readonly smsSender: SmsSender;
}

/** Renders a text message and hands it to the provider; given up after some 10 minutes, when no code works any more. */
export const smsJob = defineJob({ name: "send-sms", schema: sealedMessageSchema, retry: { maxAttempts: 9 } });

/**
 * Enqueues the message in the caller's transaction; its content is sealed by the key ring in the job's payload. Nothing
 * else comes of such a call than the message, so where none can be sent it throws `SMS_NOT_CONFIGURED`.
 */
export async function sendSms(deps: SmsDeps, trx: DatabaseTransaction, sms: Sms): Promise<void> {
  requireSms(deps.config);
  await deps.jobs.enqueue(trx, smsJob, sealMessage(deps, "sms", sms));
}

/** What {@link smsJob} does; a code that works no more is not sent. Throws `JobFailure`. */
export async function deliverSms(deps: SmsDeliveryDeps, payload: SealedMessage, { signal }: JobAttempt): Promise<void> {
  const { message: sms, expiresAt } = openMessage(deps.keyRing, payload, { kind: "sms", schema: smsSchema });
  if (expiresAt !== undefined && expiresAt <= deps.clock.now()) {
    deps.log.warn({ template: sms.template, expiresAt }, "a text message is not sent: its code works no more");
    return;
  }
  const text = renderSms(deps.config, sms);
  await deps.smsSender.send({ id: payload.id, to: sms.to, template: sms.template, text }, signal);
}

/** Throws `SMS_NOT_CONFIGURED` where text messages go nowhere, neither to a provider nor to the development outbox. */
export function requireSms({ sms }: Pick<Config, "sms">): void {
  if (sms.kind === "none") throw new GatehouseError("SMS_NOT_CONFIGURED");
}
