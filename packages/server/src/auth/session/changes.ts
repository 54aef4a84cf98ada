import type { DatabaseConfig } from "../../config.ts";
import { openListeningConnection } from "../../database/listening-connection.ts";
import type { Logger } from "../../logging/logger.ts";
import { Follower, RecentChanges } from "./follower.ts";
import { listChangedSessions } from "./store.ts";

/**
 * Which sessions may differ from what this process remembers of them. It errs on one side only: where it is not certain,
 * the database is asked.
 */
export interface SessionChanges {
  /** Whether the session must be read again: it changed lately, or nobody can say whether it did. */
  mustRead(sessionId: string): boolean;
  /** Notes changes that this process made, which it knows before it hears of them. */
  note(sessionIds: readonly string[]): void;
  close(): Promise<void>;
}

interface SessionChangesOptions {
  readonly database: DatabaseConfig;
  /** How long what is remembered of a session may be used, in seconds: the lifetime of an access token. */
  readonly memorySeconds: number;
  readonly log: Logger;
}

/** The channel of the triggers. */
const channel = "gatehouse_session_change";

/** How often the database is asked for changes, in milliseconds: a notification that got lost costs this much. */
const pollIntervalMillis = 400;

const monotonicMillis = () => performance.now();

/** Follows the changes of sessions: by notification, and by asking, for those that were not heard. */
export async function followSessionChanges({ database, ...options }: SessionChangesOptions): Promise<SessionChanges> {
  // The embedded database belongs to this process alone, which notes its own changes.
  if (database.kind === "embedded") {
    const changed = new RecentChanges({ ...options, monotonicMillis });
    return { mustRead: (id) => changed.has(id), note: (ids) => changed.add(ids), close: async () => undefined };
  }
  const follower = new Follower({
    ...options,
    monotonicMillis,
    openFeed: (listener) => {
      const db = openListeningConnection(database, { channel, ...listener });
      return { read: (seconds) => listChangedSessions(db, seconds), close: () => db.destroy() };
    },
  });
  return await pollRegularly(follower);
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
    mustRead: (id) => follower.mustRead(id),
    note: (ids) => follower.note(ids),
    async close() {
      clearTimeout(timer);
      await polling;
      clearTimeout(timer);
      await follower.close();
    },
  };
}
