import type { Limits } from "../../limits/limits.ts";
import type { Actor } from "../session/actor.ts";
import { idOfRoles } from "./session-state.ts";
import type { SessionSubscription } from "./subscription.ts";
import type { Subscriber } from "./ticket.ts";
import type { SessionWatch } from "./watch.ts";

/** What subscribing to a session needs. */
interface SessionEventDeps {
  readonly limits: Limits;
  readonly sessionWatch: SessionWatch;
}

interface SubscriptionOptions {
  readonly lastEventId: string | undefined;
  /** Aborts when the reader goes away. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Returns the events of the subscriber's session after the event `lastEventId`, until the session ends. Throws
 * `TOO_MANY_SUBSCRIPTIONS`, and `SERVICE_UNAVAILABLE` once the server stops.
 */
export function subscribeToSession(
  { limits, sessionWatch }: Pick<SessionEventDeps, "limits" | "sessionWatch">,
  { sessionId, userId, ip }: Subscriber,
  { lastEventId, signal }: SubscriptionOptions,
): SessionSubscription {
  const release = limits.subscriptions.enter({ userId, network: limits.networkOf(ip) });
  const subscription = sessionWatch.subscribe(sessionId, lastEventId, release);
  // A reader who left before the first event was requested would otherwise keep the subscription open for ever.
  if (signal?.aborted) subscription.return();
  signal?.addEventListener("abort", () => subscription.return(), { once: true });
  return subscription;
}

/** The id of an event that would report the current state of the actor's session. */
export function idOfSession({ roles }: Actor): string {
  return idOfRoles(roles);
}
