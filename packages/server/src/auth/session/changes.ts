import type { DatabaseConfig } from "../../config.ts";
import type { Database } from "../../database/index.ts";
import { openListeningConnection } from "../../database/listening-connection.ts";
import type { Logger } from "../../logging/logger.ts";
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

/** What was heard is relied on for this long, in milliseconds. */
const maxSilenceMillis = 1000;

/** How far each poll looks back, in seconds: a transaction notes its change before it commits. */
const overlapSeconds = 30;

/** Follows the changes of sessions: by notification, and by asking, for those that were not heard. */
export async function followSessionChanges(options: SessionChangesOptions): Promise<SessionChanges> {
  const changed = new RecentChanges(options.memorySeconds + overlapSeconds);
  // The embedded database belongs to this process alone, which notes its own changes.
  if (options.database.kind === "embedded") {
    return { mustRead: (id) => changed.has(id), note: (ids) => changed.add(ids), close: async () => undefined };
  }
  const follower = new Follower(options.database, changed, options);
  await follower.start();
  return follower;
}

/** The ids of sessions that changed within a time, which is longer than anything is remembered of them. */
class RecentChanges {
  readonly #notedAt = new Map<string, number>();
  readonly seconds: number;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  has(sessionId: string): boolean {
    return this.#notedAt.has(sessionId);
  }

  add(sessionIds: readonly string[]): void {
    const now = performance.now();
    for (const id of sessionIds) {
      // Deleted first, so that the order of the entries is that of their times.
      this.#notedAt.delete(id);
      this.#notedAt.set(id, now);
    }
    this.#forgetBefore(now - this.seconds * 1000);
  }

  #forgetBefore(moment: number): void {
    for (const [id, notedAt] of this.#notedAt) {
      if (notedAt >= moment) return;
      this.#notedAt.delete(id);
    }
  }
}

class Follower implements SessionChanges {
  readonly #changed: RecentChanges;
  readonly #db: Database;
  readonly #log: Logger;
  /** When the last poll that found the connection unbroken was sent; it vouches for all that was notified before. */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** Losses so far: a poll vouches for its connection only if there was none while it ran. */
  #losses = 0;
  #isLost = true;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(
    database: Extract<DatabaseConfig, { kind: "postgres" }>,
    changed: RecentChanges,
    { log }: Pick<SessionChangesOptions, "log">,
  ) {
    this.#changed = changed;
    this.#log = log;
    this.#db = openListeningConnection(database, {
      channel,
      onNotification: (sessionId) => this.#changed.add([sessionId]),
      onLost: () => this.#lose(),
    });
  }

  mustRead(sessionId: string): boolean {
    return this.#isLost || performance.now() - this.#heardAt > maxSilenceMillis || this.#changed.has(sessionId);
  }

  note(sessionIds: readonly string[]): void {
    this.#changed.add(sessionIds);
  }

  async start(): Promise<void> {
    await this.#poll();
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#polling;
    await this.#db.destroy();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#polling = this.#poll();
      this.#polling.finally(() => this.#schedule());
    }, pollIntervalMillis);
  }

  /** Reads what changed since the last poll, or all that anybody could remember wrongly after a loss. */
  async #poll(): Promise<void> {
    const sentAt = performance.now();
    const losses = this.#losses;
    try {
      this.#changed.add(await listChangedSessions(this.#db, this.#isLost ? this.#changed.seconds : overlapSeconds));
      if (this.#losses !== losses) return;
      if (this.#isLost) this.#log.debug("following the changes of sessions");
      this.#heardAt = sentAt;
      this.#isLost = false;
    } catch {
      this.#lose();
    }
  }

  #lose(): void {
    if (!this.#isLost && !this.#isClosed)
      this.#log.warn("not hearing of changed sessions, reading each from the database");
    this.#losses += 1;
    this.#isLost = true;
  }
}
