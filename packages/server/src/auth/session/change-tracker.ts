import type { Logger } from "../../logging/logger.ts";

/**
 * Which sessions may differ from what this process remembers of them. In doubt it reports a session as stale, so that it is read
 * from the database.
 */
export interface SessionChangeTracker {
  /** Milliseconds by a clock that never goes back, for {@link SessionChangeTracker.isStale}: take it before reading. */
  monotonicNow(): number;
  /**
   * Whether a session that was read at that time must be read again: it changed lately, the tracker cannot know whether it
   * did, or it was read longer ago than changes are remembered.
   */
  isStale(sessionId: string, readAt: number): boolean;
  /** Marks sessions that this process itself changed, before it hears of that. */
  markChanged(sessionIds: readonly string[]): void;
  close(): Promise<void>;
}

/** The id under which a change of roles is listed and notified, beside the ids of sessions. */
export const changedRolesId = "roles";

/** The source of changes. */
export interface ChangeFeed {
  /** Returns the sessions that changed within the last seconds. By then, everything that was notified before has arrived. */
  read(seconds: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What a feed reports without being asked. */
export interface ChangeFeedListener {
  onNotification(sessionId: string): void;
  /** The connection broke: notifications are lost until a `read` succeeds. */
  onLost(): void;
}

/** Called with the sessions that changed, and with `all` if changes may have been missed. */
export type ChangeListener = (sessionIds: readonly string[] | "all") => void;

/** What decides how long changes are remembered. */
export interface RecentChangesOptions {
  /** How long a session that was read may be used, in seconds. */
  readonly memorySeconds: number;
  /** A clock that never goes back, in milliseconds from any start. */
  readonly monotonicMillis: () => number;
}

interface ChangeTrackerOptions extends RecentChangesOptions {
  readonly openFeed: (listener: ChangeFeedListener) => ChangeFeed;
  readonly log: Logger;
  /** Called for notified and marked changes, not for those that a poll finds. Default: not called. */
  readonly onChange?: ChangeListener;
}

/** How long an answered poll is relied on, in milliseconds. */
const maxSilenceMillis = 1000;

/** How much further back than the last poll each poll looks, in seconds: a change is dated before its transaction commits. */
const overlapSeconds = 30;

/** Tracks changes by a feed's notifications and by polling it. It has no timer: its owner calls `poll`. */
export class ChangeTracker implements SessionChangeTracker {
  readonly #options: ChangeTrackerOptions;
  readonly #changed: RecentChanges;
  readonly #feed: ChangeFeed;
  /** When the last poll over an unbroken connection was sent: everything notified before has arrived. */
  #upToDateAt = Number.NEGATIVE_INFINITY;
  /** How often the connection broke: a poll counts only if that did not happen while it ran. */
  #losses = 0;
  #isLost = true;
  #isClosed = false;

  constructor(options: ChangeTrackerOptions) {
    this.#options = options;
    this.#changed = new RecentChanges(options);
    this.#feed = options.openFeed({
      onNotification: (sessionId) => this.markChanged([sessionId]),
      onLost: () => this.#onLost(),
    });
  }

  monotonicNow(): number {
    return this.#options.monotonicMillis();
  }

  isStale(sessionId: string, readAt: number): boolean {
    const isSilent = this.monotonicNow() - this.#upToDateAt > maxSilenceMillis;
    return this.#isLost || isSilent || this.#changed.isForgotten(readAt) || this.#changed.has(sessionId);
  }

  markChanged(sessionIds: readonly string[]): void {
    this.#changed.add(sessionIds);
    this.#options.onChange?.(sessionIds);
  }

  /** Reads the latest changes, or after a loss all that a remembered session may have missed. */
  async poll(): Promise<void> {
    const sentAt = this.monotonicNow();
    const losses = this.#losses;
    try {
      this.#changed.add(await this.#feed.read(this.#isLost ? this.#changed.seconds : overlapSeconds));
      if (this.#losses !== losses) return;
      if (this.#isLost) this.#options.log.debug("following the changes of sessions");
      if (this.#isLost) this.#options.onChange?.("all");
      this.#upToDateAt = sentAt;
      this.#isLost = false;
    } catch {
      this.#onLost();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#feed.close();
  }

  #onLost(): void {
    if (!this.#isLost && !this.#isClosed)
      this.#options.log.warn("not hearing of changed sessions, reading each from the database");
    this.#losses += 1;
    this.#isLost = true;
  }
}

/** Remembers which sessions changed, for longer than a session that was read may be used. */
export class RecentChanges {
  readonly #changedAt = new Map<string, number>();
  readonly #monotonicMillis: () => number;
  readonly #memoryMillis: number;
  /** How long a change is remembered. */
  readonly seconds: number;

  constructor({ memorySeconds, monotonicMillis }: RecentChangesOptions) {
    this.seconds = memorySeconds + overlapSeconds;
    this.#memoryMillis = memorySeconds * 1000;
    this.#monotonicMillis = monotonicMillis;
  }

  /**
   * Whether a change since that time may have been forgotten. A token may live that long: its lifetime may be another on
   * another instance, or have been another before a restart.
   */
  isForgotten(readAt: number): boolean {
    return readAt < this.#monotonicMillis() - this.#memoryMillis;
  }

  has(sessionId: string): boolean {
    return this.#changedAt.has(sessionId);
  }

  add(sessionIds: readonly string[]): void {
    const now = this.#monotonicMillis();
    for (const id of sessionIds) {
      // Deleted first, so that the order of the entries is that of their times.
      this.#changedAt.delete(id);
      this.#changedAt.set(id, now);
    }
    this.#forgetBefore(now - this.seconds * 1000);
  }

  #forgetBefore(time: number): void {
    for (const [id, changedAt] of this.#changedAt) {
      if (changedAt >= time) return;
      this.#changedAt.delete(id);
    }
  }
}
