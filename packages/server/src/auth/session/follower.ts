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

interface FollowerOptions {
  readonly openFeed: (listener: FeedListener) => ChangeFeed;
  /** How long what is remembered of a session may be used, in seconds. */
  readonly memorySeconds: number;
  /** A clock that never goes back, in milliseconds from any start. */
  readonly monotonicMillis: () => number;
  readonly log: Logger;
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
      onNotification: (sessionId) => this.#changed.add([sessionId]),
      onLost: () => this.#lose(),
    });
  }

  mustRead(sessionId: string): boolean {
    const silentMillis = this.#options.monotonicMillis() - this.#heardAt;
    return this.#isLost || silentMillis > maxSilenceMillis || this.#changed.has(sessionId);
  }

  note(sessionIds: readonly string[]): void {
    this.#changed.add(sessionIds);
  }

  /** Reads what changed since the last poll, or all that anybody could remember wrongly after a loss. */
  async poll(): Promise<void> {
    const sentAt = this.#options.monotonicMillis();
    const losses = this.#losses;
    try {
      this.#changed.add(await this.#feed.read(this.#isLost ? this.#changed.seconds : overlapSeconds));
      if (this.#losses !== losses) return;
      if (this.#isLost) this.#options.log.debug("following the changes of sessions");
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

/** The ids of sessions that changed within a time, which is longer than anything is remembered of them. */
export class RecentChanges {
  readonly #notedAt = new Map<string, number>();
  readonly #monotonicMillis: () => number;
  readonly seconds: number;

  constructor({ memorySeconds, monotonicMillis }: Pick<FollowerOptions, "memorySeconds" | "monotonicMillis">) {
    this.seconds = memorySeconds + overlapSeconds;
    this.#monotonicMillis = monotonicMillis;
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
