import type { Logger } from "../../logging/logger.ts";

/** Where a follower hears of changes. */
export interface ChangeFeed {
  /** Asks for the sessions that changed within the last seconds. Once it answers, all that was notified before has been heard. */
  read(seconds: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What a feed tells by itself. */
export interface FeedListener {
  onNotification(sessionId: string): void;
  /** What is notified from now on, until a `read` succeeds, is not heard. */
  onLost(): void;
}

/** What decides how long changes are remembered. */
export interface RecentChangesOptions {
  /** How long what is remembered of a session may be used, in seconds. */
  readonly memorySeconds: number;
  /** A clock that never goes back, in milliseconds from any start. */
  readonly monotonicMillis: () => number;
}

/** Told of sessions that changed, and of `all` when some may have been missed. */
export type ChangeListener = (sessionIds: readonly string[] | "all") => void;

interface FollowerOptions extends RecentChangesOptions {
  readonly openFeed: (listener: FeedListener) => ChangeFeed;
  readonly log: Logger;
  /** Told of what is notified and noted, not of what a poll finds. Default: nobody. */
  readonly onChange?: ChangeListener;
}

/** What was heard is relied on for this long, in milliseconds. */
const maxSilenceMillis = 1000;

/** How far each poll looks back, in seconds: a transaction notes its change before it commits. */
const overlapSeconds = 30;

/** Knows what a feed has told, and for how long that can be relied on. It does nothing by itself: somebody polls. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #changed: RecentChanges;
  readonly #feed: ChangeFeed;
  /** When the last poll that found the connection unbroken was sent; it vouches for all that was notified before. */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** Losses so far: a poll vouches for its connection only if there was none while it ran. */
  #losses = 0;
  #isLost = true;
  #isClosed = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#changed = new RecentChanges(options);
    this.#feed = options.openFeed({
      onNotification: (sessionId) => this.note([sessionId]),
      onLost: () => this.#lose(),
    });
  }

  moment(): number {
    return this.#options.monotonicMillis();
  }

  mustRead(sessionId: string, readAt: number): boolean {
    const isSilent = this.moment() - this.#heardAt > maxSilenceMillis;
    return this.#isLost || isSilent || this.#changed.isForgotten(readAt) || this.#changed.has(sessionId);
  }

  note(sessionIds: readonly string[]): void {
    this.#changed.add(sessionIds);
    this.#options.onChange?.(sessionIds);
  }

  /** Reads what changed since the last poll, or all that anybody could remember wrongly after a loss. */
  async poll(): Promise<void> {
    const sentAt = this.#options.monotonicMillis();
    const losses = this.#losses;
    try {
      this.#changed.add(await this.#feed.read(this.#isLost ? this.#changed.seconds : overlapSeconds));
      if (this.#losses !== losses) return;
      if (this.#isLost) this.#options.log.debug("following the changes of sessions");
      if (this.#isLost) this.#options.onChange?.("all");
      this.#heardAt = sentAt;
      this.#isLost = false;
    } catch {
      this.#lose();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#feed.close();
  }

  #lose(): void {
    if (!this.#isLost && !this.#isClosed)
      this.#options.log.warn("not hearing of changed sessions, reading each from the database");
    this.#losses += 1;
    this.#isLost = true;
  }
}

/** The ids of sessions that changed within a time, which is longer than what is read of them is used. */
export class RecentChanges {
  readonly #notedAt = new Map<string, number>();
  readonly #monotonicMillis: () => number;
  readonly #memoryMillis: number;
  readonly seconds: number;

  constructor({ memorySeconds, monotonicMillis }: RecentChangesOptions) {
    this.seconds = memorySeconds + overlapSeconds;
    this.#memoryMillis = memorySeconds * 1000;
    this.#monotonicMillis = monotonicMillis;
  }

  /**
   * Whether a moment is so long ago that a change since then may have been forgotten. Tokens may outlive that: their
   * lifetime is another on another instance, or was before a restart.
   */
  isForgotten(moment: number): boolean {
    return moment < this.#monotonicMillis() - this.#memoryMillis;
  }

  has(sessionId: string): boolean {
    return this.#notedAt.has(sessionId);
  }

  add(sessionIds: readonly string[]): void {
    const now = this.#monotonicMillis();
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
