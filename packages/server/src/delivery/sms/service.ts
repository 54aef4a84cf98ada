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

/** Renders a text message and sends it to the provider. Gives up after some 10 minutes, when every code has expired. */
export const smsJob = defineJob({ name: "send-sms", schema: sealedMessageSchema, retry: { maxAttempts: 9 } });

/**
 * Enqueues the message in the caller's transaction, sealed by the key ring. Throws `SMS_NOT_CONFIGURED`, as such calls do
 * nothing else than send a message.
 */
export async function sendSms(deps: SmsDeps, trx: DatabaseTransaction, sms: Sms): Promise<void> {
  requireSms(deps.config);
  await deps.jobs.enqueue(trx, smsJob, sealMessage(deps, "sms", sms));
}

/** The handler of {@link smsJob}; an expired code is not sent. Throws `JobFailure`. */
export async function deliverSms(deps: SmsDeliveryDeps, payload: SealedMessage, { signal }: JobAttempt): Promise<void> {
  const { message: sms, expiresAt } = openMessage(deps.keyRing, payload, { kind: "sms", schema: smsSchema });
  if (expiresAt !== undefined && expiresAt <= deps.clock.now()) {
    deps.log.warn({ template: sms.template, expiresAt }, "a text message is not sent: its code works no more");
    return;
  }
  const text = renderSms(deps.config, sms);
  await deps.smsSender.send({ id: payload.id, to: sms.to, template: sms.template, text }, signal);
}

/** Throws `SMS_NOT_CONFIGURED` if there is neither a provider nor the development outbox. */
export function requireSms({ sms }: Pick<Config, "sms">): void {
  if (sms.kind === "none") throw new GatehouseError("SMS_NOT_CONFIGURED");
}
