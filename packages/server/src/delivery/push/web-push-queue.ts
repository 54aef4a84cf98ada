import { retryMessage } from "./outcome.ts";
import type { PushMessage, PushOutcome } from "./push-sender.ts";
import type { WebPushSubscription } from "./web-push-subscription.ts";

/** A message whose subscription is known. */
export interface Addressed {
  /** Its place among the messages of the call. */
  readonly index: number;
  readonly message: PushMessage;
  readonly subscription: WebPushSubscription;
}

/** What became of an attempt. */
export interface Attempt {
  readonly outcome: PushOutcome;
  /** Whether the push service gave no response. Default: it did. */
  readonly isSilent?: boolean;
}

/** The most requests at a time to one push service. */
export const maxRequestsPerOrigin = 50;

/** After so many requests in a row without a response, a call tries the service no more. */
const maxSilences = 3;

const skipped: Attempt = { outcome: retryMessage("the push service does not answer"), isSilent: true };

/**
 * Attempts the messages of each push service by themselves, so that a service that is slow, or that somebody made slow, keeps
 * no others waiting. Reports what became of each, by its index.
 */
export async function attemptByOrigin(
  messages: readonly Addressed[],
  attempt: (each: Addressed) => Promise<Attempt>,
): Promise<ReadonlyMap<number, PushOutcome>> {
  const outcomes = new Map<number, PushOutcome>();
  const byOrigin = Map.groupBy(messages, ({ subscription }) => subscription.endpoint.origin);
  await Promise.all(
    [...byOrigin.values()].map((ofOrigin) => {
      const queue = ofOrigin.values();
      let silences = 0;
      // Workers share the iterator: each takes the next message when it is done with one.
      const work = async () => {
        for (const each of queue) {
          const { outcome, isSilent = false } = silences < maxSilences ? await attempt(each) : skipped;
          silences = isSilent ? silences + 1 : 0;
          outcomes.set(each.index, outcome);
        }
      };
      return Promise.all(Array.from({ length: maxRequestsPerOrigin }, work));
    }),
  );
  return outcomes;
}
