import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import { addSeconds, daySeconds } from "../clock.ts";
import type { Config } from "../config.ts";
import type { DatabaseTransaction } from "../database/connection.ts";
import { type MailDeps, sendMail } from "../delivery/email/service.ts";
import { stopWebhook } from "./delivery-store.ts";

/** What stopping a webhook needs. */
export interface StopDeps extends AuditDeps, MailDeps {
  readonly config: Pick<Config, "mail" | "operator" | "webhooks">;
}

/** A webhook with a failed attempt. */
interface FailingWebhook {
  readonly webhookId: string;
  readonly publicId: string;
  /** Whether its receiver said that it wants no more events. */
  readonly isGone: boolean;
}

/**
 * Stops a webhook whose receiver is gone, or that has only failed for `WEBHOOK_PAUSE_DAYS`, and tells the operator, in the
 * transaction that stores the failure. However many attempts fail at once, it tells them once.
 */
export async function stopIfHopeless(
  deps: StopDeps,
  trx: DatabaseTransaction,
  { webhookId, publicId, isGone }: FailingWebhook,
): Promise<void> {
  const { pauseDays } = deps.config.webhooks;
  if (!isGone && pauseDays === 0) return;
  const now = deps.clock.now();
  const failingSince = isGone ? undefined : addSeconds(now, -pauseDays * daySeconds);
  const status = isGone ? "gone" : "paused";
  const stopped = await stopWebhook(trx, { webhookId, status, failingSince, now });
  if (stopped === undefined) return;
  deps.log.error({ webhookId: publicId, status, failingSince: stopped.failing_since }, "webhook stopped");
  const event = { action: "webhook.stopped", kind: "webhook", targetId: publicId } as const;
  await recordEvent(deps, trx, { ...event, details: { reason: status } });
  const { email, locale } = deps.config.operator;
  if (email === undefined) return;
  await sendMail(deps, trx, {
    template: "webhook-stopped",
    to: email,
    locale,
    name: null,
    host: new URL(stopped.url).host,
    webhookId: publicId,
    reason: status,
    since: stopped.failing_since ?? now,
  });
}
