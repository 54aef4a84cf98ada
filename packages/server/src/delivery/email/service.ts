import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { defineJob, type JobAttempt } from "../../jobs/job.ts";
import type { JobQueue, JobStatement } from "../../jobs/queue.ts";
import type { Logger } from "../../logging/logger.ts";
import { openMessage, type SealDeps, type SealedMessage, sealedMessageSchema, sealMessage } from "../sealed-message.ts";
import { type Mail, mailSchema } from "./mail.ts";
import type { MailSender } from "./mail-sender.ts";
import { renderMail } from "./render.ts";

/** What sending a mail needs. */
export interface MailDeps extends SealDeps {
  readonly config: Pick<Config, "mail">;
  readonly jobs: JobQueue;
  readonly log: Logger;
}

interface MailDeliveryDeps {
  readonly config: Pick<Config, "productName">;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly log: Logger;
  readonly mailSender: MailSender;
}

/** Renders a mail and sends it to the mail server. */
export const mailJob = defineJob({ name: "send-mail", schema: sealedMessageSchema });

/**
 * Enqueues the mail in the caller's transaction, sealed by the key ring. If mail is not configured, it logs a warning and sends
 * nothing, since most callers do more than send a mail; the others call {@link requireMail} first.
 */
export async function sendMail(deps: MailDeps, trx: DatabaseTransaction, mail: Mail): Promise<void> {
  if (!isMailConfigured(deps.config)) {
    deps.log.warn({ template: mail.template }, "mail is not configured (SMTP_URL), so one is not sent");
    return;
  }
  await deps.jobs.enqueue(trx, mailJob, sealMessage(deps, "mail", mail));
}

/**
 * Writes the statement that enqueues the mail, for the statement of the rows that cause it. Returns `undefined` where
 * {@link sendMail} does something else than that: then call it.
 */
export async function prepareMail(deps: MailDeps, mail: Mail): Promise<JobStatement | undefined> {
  if (!isMailConfigured(deps.config)) return undefined;
  return await deps.jobs.prepare(mailJob, sealMessage(deps, "mail", mail));
}

/** The handler of {@link mailJob}; a mail whose link has expired is not sent. Throws `JobFailure`. */
export async function deliverMail(
  deps: MailDeliveryDeps,
  payload: SealedMessage,
  { signal }: JobAttempt,
): Promise<void> {
  const { message: mail, expiresAt } = openMessage(deps.keyRing, payload, { kind: "mail", schema: mailSchema });
  const { to, template } = mail;
  if (expiresAt !== undefined && expiresAt <= deps.clock.now()) {
    deps.log.warn({ template, expiresAt }, "a mail is not sent: its link has expired");
    return;
  }
  await deps.mailSender.send({ id: payload.id, to, template, ...renderMail(deps.config, mail) }, signal);
}

/** Whether there is a mail server or the development outbox. */
export function isMailConfigured({ mail }: Pick<Config, "mail">): boolean {
  return mail.kind !== "none";
}

/** Call it in procedures whose only purpose is a mail. Throws `EMAIL_NOT_CONFIGURED`. */
export function requireMail(config: Pick<Config, "mail">): void {
  if (!isMailConfigured(config)) throw new GatehouseError("EMAIL_NOT_CONFIGURED");
}
