import type { Clock } from "../clock.ts";
import type { RandomSource } from "../crypto/random.ts";
import type { PushOutcome } from "../delivery/push/push-sender.ts";
import type { ClaimedDelivery, Settlement } from "./ledger-store.ts";

/** Attempts of a delivery, the first included, that may fail by themselves. With the pauses they take about half an hour. */
export const maxAttempts = 10;

/** The pause before the second attempt, in milliseconds; each further one is twice as long, with jitter. */
const firstRetryMillis = 2000;

/** The longest pause between attempts, in milliseconds. */
const maxRetryMillis = 10 * 60 * 1000;

/** The longest wait that a service can ask for one message, in milliseconds. */
const maxAskedMillis = 60 * 60 * 1000;

const maxReasonLength = 200;

/** Settles a delivery without an attempt. */
export function settleWithout(
  delivery: ClaimedDelivery,
  state: "dropped" | "suppressed",
  { reason, now }: { readonly reason: string; readonly now: Date },
): Settlement {
  return toSettlement(delivery, { state, reason, due_at: now });
}

interface AttemptContext {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly expiresAt: Date;
  /** Whether the worker broke the attempt off, so that it does not count. */
  readonly isAborted: boolean;
}

/** Returns what becomes of a delivery after an attempt. */
export function settleAttempt(delivery: ClaimedDelivery, outcome: PushOutcome, context: AttemptContext): Settlement {
  const now = context.clock.now();
  switch (outcome.status) {
    case "sent":
      return toSettlement(delivery, { state: "sent", reason: null, due_at: now });
    case "dead_token":
      return toSettlement(delivery, { state: "pruned", reason: outcome.reason, due_at: now });
    case "refused":
      return toSettlement(delivery, { state: "failed", reason: outcome.reason, due_at: now });
    case "retry":
      return settleRetry(delivery, outcome, { ...context, now });
  }
}

type Retry = Extract<PushOutcome, { status: "retry" }>;

/** What waits for a service, or was broken off, is due at once: the pause of the service keeps it, and no attempt is used up. */
function settleRetry(
  delivery: ClaimedDelivery,
  { scope, reason, afterMillis = 0 }: Retry,
  { isAborted, expiresAt, random, now }: AttemptContext & { readonly now: Date },
): Settlement {
  if (isAborted || scope === "service") return toSettlement(delivery, { state: "queued", reason, due_at: now });
  const failures = delivery.failures + 1;
  if (failures >= maxAttempts) return toSettlement(delivery, { state: "failed", reason, due_at: now, failures });
  const wait = Math.max(Math.min(afterMillis, maxAskedMillis), backoffMillis(failures, random));
  const due_at = new Date(now.getTime() + wait);
  if (due_at >= expiresAt) return toSettlement(delivery, { state: "dropped", reason, due_at: now, failures });
  return toSettlement(delivery, { state: "queued", reason, due_at, failures });
}

function backoffMillis(failures: number, random: RandomSource): number {
  return Math.min(maxRetryMillis, firstRetryMillis * 2 ** (failures - 1)) * (1 + fraction(random));
}

/** A number from 0 up to 1. */
export function fraction(random: RandomSource): number {
  return random.bytes(4).readUInt32BE() / 2 ** 32;
}

type Outcome = Pick<Settlement, "state" | "reason" | "due_at"> & { readonly failures?: number };

function toSettlement(delivery: ClaimedDelivery, { reason, ...outcome }: Outcome): Settlement {
  const { notification_id, device_id, day, claims, failures, service } = delivery;
  const kept = reason?.slice(0, maxReasonLength) ?? null;
  return { notification_id, device_id, day, claims, failures, service, reason: kept, ...outcome };
}
