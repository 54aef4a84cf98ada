import type { PushOutcome } from "./push-sender.ts";

/** An outcome other than `sent`. */
type UnsentOutcome = Exclude<PushOutcome, { readonly status: "sent" }>;

/** Accepted by the service. */
export const sent: PushOutcome = { status: "sent" };

/** Creates the outcome of a message that the service will never deliver to this token. */
export const deadToken = (reason: string): UnsentOutcome => ({ status: "dead_token", reason });

/** Creates the outcome of a message that would fail again. */
export const refused = (reason: string): UnsentOutcome => ({ status: "refused", reason });

/** Creates the outcome of a message that should be attempted again alone. */
export const retryMessage = (reason: string, afterMillis?: number): UnsentOutcome => ({
  status: "retry",
  reason,
  scope: "message",
  ...(afterMillis === undefined ? {} : { afterMillis }),
});

/** Creates the outcome of a message whose whole service should wait. */
export const retryService = (reason: string, afterMillis?: number): UnsentOutcome => ({
  status: "retry",
  reason,
  scope: "service",
  ...(afterMillis === undefined ? {} : { afterMillis }),
});

/** The outcome of a message whose attempt was aborted. */
export const aborted: UnsentOutcome = retryMessage("the attempt was aborted");

/** Nothing could be attempted, and every message has the same outcome. */
export class AttemptFailure extends Error {
  override readonly name = "AttemptFailure";
  readonly outcome: PushOutcome;

  constructor(outcome: UnsentOutcome, options?: ErrorOptions) {
    super(outcome.reason, options);
    this.outcome = outcome;
  }
}

/** A longer `Retry-After` is shortened to an hour, in milliseconds. */
const maxRetryAfterMillis = 60 * 60 * 1000;

/** Parses `Retry-After` (RFC 9110, 10.2.3), seconds or a date, to milliseconds from now; `undefined` if it is neither. */
export function retryAfterMillis(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const millis = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return Number.isNaN(millis) ? undefined : Math.min(Math.max(millis, 0), maxRetryAfterMillis);
}
