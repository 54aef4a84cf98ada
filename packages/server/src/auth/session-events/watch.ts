import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../clock.ts";
import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { Logger } from "../../logging/logger.ts";
import { toSessionState } from "./session-state.ts";
import { readSessionStates } from "./store.ts";
import { SessionSubscription } from "./subscription.ts";

interface SessionWatchOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

/** At most this many sessions are read by one statement. */
const batchSize = 1000;

/** How often expired sessions are searched for, in milliseconds: `expired` may be sent this late. */
const expiryCheckMillis = 1000;

/** The pause before a failed read is repeated, in milliseconds. */
const retryMillis = 1000;

/** A session that has subscriptions. */
interface Watched {
  readonly subscriptions: Set<SessionSubscription>;
  /** Unknown until it has been read. */
  expiresAt: Date | undefined;
}

/** A session to read, with its subscriptions before the read: later ones may know a newer state than the read returns. */
interface StaleSession {
  readonly id: string;
  readonly subscriptions: readonly SessionSubscription[];
}

/** Reads subscribed sessions when they may have changed, many at once, and updates their subscriptions. */
export class SessionWatch {
  readonly #options: SessionWatchOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #expiryCheck: NodeJS.Timeout;
  /** The public ids of sessions to read. */
  #stale = new Set<string>();
  #isReading = false;
  #isStopped = false;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
    this.#expiryCheck = setInterval(() => this.#readExpired(), expiryCheckMillis);
  }

  /** How many subscriptions are open. */
  get size(): number {
    return this.#watched.values().reduce((sum, { subscriptions }) => sum + subscriptions.size, 0);
  }

  /**
   * Subscribes to a session, from the event `lastEventId` on. `release` is called when the subscription is over. Throws
   * `SERVICE_UNAVAILABLE` once the server stops.
   */
  subscribe(sessionId: string, lastEventId: string | undefined, release: () => void): SessionSubscription {
    if (this.#isStopped) throw new GatehouseError("SERVICE_UNAVAILABLE", { detail: "The server is stopping." });
    const watched: Watched = this.#watched.get(sessionId) ?? { subscriptions: new Set(), expiresAt: undefined };
    const subscription = new SessionSubscription(lastEventId, () => {
      watched.subscriptions.delete(subscription);
      if (watched.subscriptions.size === 0) this.#watched.delete(sessionId);
      release();
    });
    watched.subscriptions.add(subscription);
    this.#watched.set(sessionId, watched);
    this.#read([sessionId]);
    return subscription;
  }

  /** Reads the sessions with these public ids, which may have changed; `all` if any may have. */
  onChange(sessionIds: readonly string[] | "all"): void {
    this.#read(sessionIds === "all" ? this.#watched.keys() : sessionIds);
  }

  /** Ends every subscription, so that its reader reconnects to another server, and accepts no new ones. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#expiryCheck);
    for (const { subscriptions } of [...this.#watched.values()]) for (const each of [...subscriptions]) each.stop();
  }

  #readExpired(): void {
    const now = this.#options.clock.now();
    const expired: string[] = [];
    this.#watched.forEach(({ expiresAt }, id) => {
      if (expiresAt !== undefined && expiresAt <= now) expired.push(id);
    });
    // A refresh may have prolonged them, so they are read from the database.
    this.#read(expired);
  }

  #read(sessionIds: Iterable<string>): void {
    for (const id of sessionIds) if (this.#watched.has(id)) this.#stale.add(id);
    if (this.#isReading || this.#stale.size === 0) return;
    void this.#readStale();
  }

  async #readStale(): Promise<void> {
    this.#isReading = true;
    while (this.#stale.size > 0 && !this.#isStopped) {
      // Subscriptions of the same tick share one read.
      await Promise.resolve();
      const batch = this.#takeBatch();
      await this.#readBatch(batch).catch(async (err: unknown) => {
        if (this.#isStopped) return;
        this.#options.log.warn({ err }, "sessions could not be read for live events, trying again");
        for (const { id } of batch) this.#stale.add(id);
        await sleep(retryMillis);
      });
    }
    this.#isReading = false;
  }

  #takeBatch(): readonly StaleSession[] {
    const ids = [...this.#stale].slice(0, batchSize);
    for (const id of ids) this.#stale.delete(id);
    return ids.map((id) => ({ id, subscriptions: [...(this.#watched.get(id)?.subscriptions ?? [])] }));
  }

  async #readBatch(batch: readonly StaleSession[]): Promise<void> {
    const { db, clock } = this.#options;
    const rows = await readSessionStates(
      db,
      batch.map(({ id }) => id),
    );
    const rowOf = new Map(rows.map((row) => [row.public_id, row]));
    for (const { id, subscriptions } of batch) {
      const state = toSessionState(rowOf.get(id), clock.now());
      const watched = this.#watched.get(id);
      if (watched !== undefined) watched.expiresAt = state.isLive ? state.expiresAt : undefined;
      for (const subscription of subscriptions) subscription.update(state);
    }
  }
}
