import type { DatabaseConfig } from "../../config.ts";
import { type Database, EmbeddedDatabase } from "../../database/connection.ts";
import { openListeningConnection } from "../../database/listening-connection.ts";
import type { Logger } from "../../logging/logger.ts";
import { startPolling } from "../../polling.ts";
import {
  type ChangeListener,
  ChangeTracker,
  RecentChanges,
  type RecentChangesOptions,
  type SessionChangeTracker,
} from "./change-tracker.ts";
import { type ChangedSession, listChangedSessions } from "./store.ts";

interface TrackOptions {
  readonly database: DatabaseConfig;
  readonly db: Database;
  /** How long a session that was read may be used, in seconds: the lifetime of an access token. */
  readonly memorySeconds: number;
  readonly log: Logger;
  /**
   * Called with the sessions that may have changed, as soon as that is known and perhaps again, also before the change is
   * committed; with `all` if changes may have been missed.
   */
  readonly onChange: ChangeListener;
}

/** The channel of the triggers. */
const channel = "gatehouse_session_change";

/** The pause between polls, in milliseconds: a lost notification delays a change by this much. */
const pollPauseMillis = 400;

const monotonicMillis = () => performance.now();

/** Tracks the changes of sessions by PostgreSQL's notifications, and by polling for those that were lost. */
export async function trackSessionChanges({ database, db, ...options }: TrackOptions): Promise<SessionChangeTracker> {
  if (db instanceof EmbeddedDatabase) return await trackInProcess(db, { ...options, monotonicMillis });
  if (database.kind === "embedded") throw new Error("The embedded database was opened by something else.");
  const tracker = new ChangeTracker({
    ...options,
    monotonicMillis,
    openFeed: (listener) => {
      const listening = openListeningConnection(database, { channel, ...listener });
      const report = reportEachOnce(options.onChange);
      const read = async (seconds: number) => report(await listChangedSessions(listening, seconds));
      return { read, close: () => listening.destroy() };
    },
  });
  return await pollRegularly(tracker);
}

/** Polls overlap: reports the changes that the last poll did not find. Returns the ids of all that this one found. */
function reportEachOnce(onChange: ChangeListener): (found: readonly ChangedSession[]) => readonly string[] {
  let last: ReadonlyMap<string, string> = new Map();
  return (found) => {
    const news = found.filter(({ public_id: id, changed_at: at }) => last.get(id) !== at);
    last = new Map(found.map(({ public_id: id, changed_at: at }) => [id, at]));
    if (news.length > 0) onChange(news.map(({ public_id: id }) => id));
    return [...last.keys()];
  };
}

async function pollRegularly(tracker: ChangeTracker): Promise<SessionChangeTracker> {
  await tracker.poll();
  const stop = startPolling(() => tracker.poll(), pollPauseMillis);
  return {
    monotonicNow: () => tracker.monotonicNow(),
    isStale: (id, readAt) => tracker.isStale(id, readAt),
    markChanged: (ids) => tracker.markChanged(ids),
    async close() {
      await stop();
      await tracker.close();
    },
  };
}

/** The embedded database belongs to this process alone, and none of its notifications is lost. */
async function trackInProcess(
  { pglite }: EmbeddedDatabase,
  options: RecentChangesOptions & Pick<TrackOptions, "onChange">,
): Promise<SessionChangeTracker> {
  const changed = new RecentChanges(options);
  const markChanged = (sessionIds: readonly string[]) => {
    changed.add(sessionIds);
    options.onChange(sessionIds);
  };
  const unlisten = await pglite.listen(channel, (sessionId) => markChanged([sessionId]));
  return {
    monotonicNow: options.monotonicMillis,
    isStale: (id, readAt) => changed.isForgotten(readAt) || changed.has(id),
    markChanged,
    close: () => unlisten(),
  };
}
