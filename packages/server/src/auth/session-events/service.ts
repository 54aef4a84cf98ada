import type { Limits } from "../../limits/limits.ts";
import type { Actor } from "../session/actor.ts";
import { idOfRoles } from "./session-state.ts";
import type { SessionSubscription } from "./subscription.ts";
import type { Subscriber } from "./ticket.ts";
import type { SessionWatch } from "./watch.ts";

/** What following a session needs. */
interface SessionEventDeps {
  readonly limits: Limits;
  readonly sessionWatch: SessionWatch;
}

interface Following {
  readonly lastEventId: string | undefined;
  /** Aborts when nobody reads any more. */
  readonly signal: AbortSignal | undefined;
}

/**
 * What happens to the subscriber's session, from the event of `lastEventId` on, until it has ended. Throws
 * `TOO_MANY_SUBSCRIPTIONS`, and `SERVICE_UNAVAILABLE` once the server stops.
 */
export function followSession(
  { limits, sessionWatch }: Pick<SessionEventDeps, "limits" | "sessionWatch">,
  { sessionId, userId, ip }: Subscriber,
  { lastEventId, signal }: Following,
): SessionSubscription {
  const leave = limits.subscriptions.enter({ userId, network: limits.networkOf(ip) });
  const subscription = sessionWatch.subscribe(sessionId, lastEventId, leave);
  // Whoever leaves before the first event was asked for would otherwise be told to nobody for ever.
  if (signal?.aborted) subscription.return();
  signal?.addEventListener("abort", () => subscription.return(), { once: true });
  return subscription;
}

/** The id of an event that would tell of the actor's session as it is. */
export function idOfSession({ roles }: Actor): string {
  return idOfRoles(roles);
}
