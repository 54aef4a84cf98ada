import type { DatabaseConfig } from "../../config.ts";
import { type Database, EmbeddedDatabase } from "../../database/connection.ts";
import { openListeningConnection } from "../../database/listening-connection.ts";
import type { Logger } from "../../logging/logger.ts";
import { type ChangeListener, Follower, RecentChanges, type RecentChangesOptions } from "./change-poll.ts";
import { type ChangedSession, listChangedSessions } from "./store.ts";

/**
 * Which sessions may differ from what this process remembers of them. It errs on one side only: where it is not certain,
 * the database is asked.
 */
export interface SessionChanges {
  /** A moment for {@link SessionChanges.mustRead}, of a clock that never goes back; take it before reading. */
  moment(): number;
  /**
   * Whether what was read of the session at that moment must be read again: the session changed lately, nobody can say
   * whether it did, or it was read longer ago than changes are remembered.
   */
  mustRead(sessionId: string, readAt: number): boolean;
  /** Notes changes that this process made, which it knows before it hears of them. */
  note(sessionIds: readonly string[]): void;
  close(): Promise<void>;
}

interface SessionChangesOptions {
  readonly database: DatabaseConfig;
  readonly db: Database;
  /** How long what is remembered of a session may be used, in seconds: the lifetime of an access token. */
  readonly memorySeconds: number;
  readonly log: Logger;
  /**
   * Told of sessions that may have changed, as soon as that is heard and perhaps again, also before the change is
   * committed; of `all` when some may have been missed.
   */
  readonly onChange: ChangeListener;
}

/** The channel of the triggers. */
const channel = "gatehouse_session_change";

/** How often the database is asked for changes, in milliseconds: a notification that got lost costs this much. */
const pollIntervalMillis = 400;

const monotonicMillis = () => performance.now();

/** Follows the changes of sessions: by notification, and by asking, for those that were not heard. */
export async function trackSessionChanges({
  database,
  db,
  ...options
}: SessionChangesOptions): Promise<SessionChanges> {
  if (db instanceof EmbeddedDatabase) return await listenInProcess(db, { ...options, monotonicMillis });
  if (database.kind === "embedded") throw new Error("The embedded database was opened by something else.");
  const follower = new Follower({
    ...options,
    monotonicMillis,
    openFeed: (listener) => {
      const listening = openListeningConnection(database, { channel, ...listener });
      const tellNew = tellerOfNew(options.onChange);
      const read = async (seconds: number) => tellNew(await listChangedSessions(listening, seconds));
      return { read, close: () => listening.destroy() };
    },
  });
  return await pollRegularly(follower);
}

/** Tells of those that the last poll did not find, or found before they changed again; answers with the ids of all. */
function tellerOfNew(onChange: ChangeListener): (found: readonly ChangedSession[]) => readonly string[] {
  let last: ReadonlyMap<string, string> = new Map();
  return (found) => {
    const news = found.filter(({ public_id: id, changed_at: at }) => last.get(id) !== at);
    last = new Map(found.map(({ public_id: id, changed_at: at }) => [id, at]));
    if (news.length > 0) onChange(news.map(({ public_id: id }) => id));
    return [...last.keys()];
  };
}

/** The embedded database belongs to this process alone, and a notification cannot get lost in it. */
async function listenInProcess(
  { pglite }: EmbeddedDatabase,
  options: RecentChangesOptions & Pick<SessionChangesOptions, "onChange">,
): Promise<SessionChanges> {
  const changed = new RecentChanges(options);
  const note = (sessionIds: readonly string[]) => {
    changed.add(sessionIds);
    options.onChange(sessionIds);
  };
  const unlisten = await pglite.listen(channel, (sessionId) => note([sessionId]));
  return {
    moment: options.monotonicMillis,
    mustRead: (id, readAt) => changed.isForgotten(readAt) || changed.has(id),
    note,
    close: () => unlisten(),
  };
}

/** Polls, and again some time after each poll has ended, until it is closed. */
async function pollRegularly(follower: Follower): Promise<SessionChanges> {
  let timer: NodeJS.Timeout | undefined;
  let polling = follower.poll();
  const schedule = () => {
    timer = setTimeout(() => {
      polling = follower.poll().then(schedule);
    }, pollIntervalMillis);
  };
  await polling;
  schedule();
  return {
    moment: () => follower.moment(),
    mustRead: (id, readAt) => follower.mustRead(id, readAt),
    note: (ids) => follower.note(ids),
    async close() {
      clearTimeout(timer);
      await polling;
      clearTimeout(timer);
      await follower.close();
    },
  };
}
