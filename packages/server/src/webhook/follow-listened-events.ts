import { type Database, EmbeddedDatabase } from "../database/connection.ts";
import { startPolling } from "../polling.ts";
import { listListenedEvents } from "./event-store.ts";
import { ListenedEvents } from "./listened-events.ts";

/** The pause between polls, in milliseconds; with the statement it stays well below the age at which types are not relied on. */
const pollPauseMillis = 400;

/** What webhooks listen to, and how to stop reading it. */
interface FollowedEvents {
  readonly listenedEvents: ListenedEvents;
  stop(): Promise<void>;
}

/** Reads what webhooks listen to, now and from then on. The embedded database belongs to this process, which knows its changes. */
export async function followListenedEvents(db: Database): Promise<FollowedEvents> {
  const listenedEvents = new ListenedEvents({
    read: () => listListenedEvents(db),
    monotonicMillis: () => performance.now(),
    isAlone: db instanceof EmbeddedDatabase,
  });
  await listenedEvents.poll();
  return { listenedEvents, stop: startPolling(() => listenedEvents.poll(), pollPauseMillis) };
}
