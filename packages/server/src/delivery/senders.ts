import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Database } from "../database/connection.ts";
import { JobFailure } from "../jobs/job.ts";
import type { Logger } from "../logging/logger.ts";
import type { MailSender } from "./email/mail-sender.ts";
import { createOutboxMailSender, createOutboxSmsSender } from "./outbox/service.ts";
import type { OpenPushSender } from "./push/push-sender.ts";
import type { SmsSender } from "./sms/sms-sender.ts";
import { createTwilioSender } from "./sms/twilio-sender.ts";

interface SenderDeps {
  readonly config: Pick<Config, "mail" | "push" | "sms">;
  readonly db: Database;
  readonly clock: Clock;
}

/** Creates the configured sender of mails. */
export async function createMailSender(deps: SenderDeps): Promise<MailSender> {
  const { mail } = deps.config;
  if (mail.kind === "smtp") {
    // Servers that send no mails start sooner if they do not load the client of mail servers.
    const { createSmtpSender } = await import("./email/smtp-sender.ts");
    return createSmtpSender(mail);
  }
  if (mail.kind === "outbox") return createOutboxMailSender(deps);
  return { send: () => Promise.reject(notConfigured("SMTP_URL")) };
}

/** Creates the configured sender of text messages. */
export function createSmsSender(deps: SenderDeps): SmsSender {
  const { sms } = deps.config;
  if (sms.kind === "twilio") return createTwilioSender(sms);
  if (sms.kind === "outbox") return createOutboxSmsSender(deps);
  return { send: () => Promise.reject(notConfigured("TWILIO_ACCOUNT_SID")) };
}

/** Creates the sender of push messages. What it needs is loaded for the first message. */
export function createPushSender(deps: SenderDeps & { readonly config: Pick<Config, "outbound"> }): OpenPushSender {
  let opening: Promise<OpenPushSender> | undefined;
  const open = async () => {
    const { createRoutingSender } = await import("./push/create-push-sender.ts");
    return createRoutingSender(deps);
  };
  const sender = () => {
    opening ??= open();
    return opening;
  };
  return {
    send: async (messages, signal) => await (await sender()).send(messages, signal),
    readReceipts: async (receiptIds, signal) => await (await sender()).readReceipts(receiptIds, signal),
    close: async () => await (await opening)?.close(),
  };
}

/** Without the setting nothing is enqueued. Messages from before it was removed are tried again until it is back. */
function notConfigured(variable: string): JobFailure {
  return new JobFailure(`${variable} is not set any more`);
}

/** Warns once, at the start, if mails, text messages or push messages will not be sent. */
export function warnOfMissingDelivery({ config, log }: Pick<SenderDeps, "config"> & { readonly log: Logger }): void {
  if (config.mail.kind === "none") log.warn("mail is not configured (SMTP_URL): none is sent");
  if (config.sms.kind === "none") log.warn("text messages are not configured (TWILIO_ACCOUNT_SID): none is sent");
  const { fcm, apns, webPush, expo, hasOutbox } = config.push;
  const isPushConfigured = hasOutbox || [fcm, apns, webPush, expo].some((service) => service !== undefined);
  if (!isPushConfigured) log.warn("push messages are not configured (docs/guides/push.md): none is sent");
}
