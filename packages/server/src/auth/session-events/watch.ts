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

/** Sessions read by one statement at most. */
const batchSize = 1000;

/** How often sessions are looked over for those whose time is up, in milliseconds: so late may `expired` be told. */
const expiryCheckMillis = 1000;

/** How long to wait for a database that is away, in milliseconds. */
const retryMillis = 1000;

/** A session that somebody reads of. */
interface Watched {
  readonly subscriptions: Set<SessionSubscription>;
  /** Unknown until it has been read. */
  expiresAt: Date | undefined;
}

/** A session to be read, and whom to tell: who subscribes during the read may know of newer things than it finds. */
interface StaleSession {
  readonly id: string;
  readonly subscriptions: readonly SessionSubscription[];
}

/** Reads the sessions that somebody subscribed to whenever they may have changed, many at once, and tells the readers. */
export class SessionWatch {
  readonly #options: SessionWatchOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #expiryCheck: NodeJS.Timeout;
  /** Sessions that are to be read. */
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
   * Tells of a session from now on, and of what has changed since the reader was told the event of `lastEventId`.
   * `released` is called when the subscription is over. Throws `SERVICE_UNAVAILABLE` once the server stops.
   */
  subscribe(sessionId: string, lastEventId: string | undefined, released: () => void): SessionSubscription {
    if (this.#isStopped) throw new GatehouseError("SERVICE_UNAVAILABLE", { detail: "The server is stopping." });
    const watched: Watched = this.#watched.get(sessionId) ?? { subscriptions: new Set(), expiresAt: undefined };
    const subscription = new SessionSubscription(lastEventId, () => {
      watched.subscriptions.delete(subscription);
      if (watched.subscriptions.size === 0) this.#watched.delete(sessionId);
      released();
    });
    watched.subscriptions.add(subscription);
    this.#watched.set(sessionId, watched);
    this.#read([sessionId]);
    return subscription;
  }

  /** These sessions may have changed, by their public ids; `all` when nobody knows which. */
  onChange(sessionIds: readonly string[] | "all"): void {
    this.#read(sessionIds === "all" ? this.#watched.keys() : sessionIds);
  }

  /** Ends every subscription, so that its reader goes to another server, and begins none any more. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#expiryCheck);
    for (const { subscriptions } of [...this.#watched.values()]) for (const each of [...subscriptions]) each.stop();
  }

  #readExpired(): void {
    const now = this.#options.clock.now();
    // A refresh may have prolonged them: only the database can tell.
    this.#read([...this.#watched].filter(([, { expiresAt }]) => expiresAt && expiresAt <= now).map(([id]) => id));
  }

  #read(sessionIds: Iterable<string>): void {
    for (const id of sessionIds) if (this.#watched.has(id)) this.#stale.add(id);
    if (this.#isReading || this.#stale.size === 0) return;
    void this.#readStale();
  }

  async #readStale(): Promise<void> {
    this.#isReading = true;
    while (this.#stale.size > 0 && !this.#isStopped) {
      // Whoever subscribes in the same tick is read with the others.
      await Promise.resolve();
      const batch = this.#takeBatch();
      await this.#tell(batch).catch(async (err: unknown) => {
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

  async #tell(batch: readonly StaleSession[]): Promise<void> {
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
      for (const subscription of subscriptions) subscription.notice(state);
    }
  }
}
