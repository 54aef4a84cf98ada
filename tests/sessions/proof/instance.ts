import { ActorCache } from "../../../packages/server/src/auth/session/actor-cache.ts";
import type { SessionChangeTracker } from "../../../packages/server/src/auth/session/change-tracker.ts";
import { type ChangeFeedListener, ChangeTracker } from "../../../packages/server/src/auth/session/change-tracker.ts";
import { RefreshKeys } from "../../../packages/server/src/auth/session/refresh-keys.ts";
import { type Lab, lifetimes } from "./lab.ts";

/** A session's changes, as an instance hears of them when it is told to. */
export interface ManualFeed {
  /** This session only: other worlds are none of its business. */
  readonly sessionId: string;
}

/** What a process of the server remembers; a crash makes it forget. */
export class Instance {
  readonly #lab: Lab;
  readonly #feed: ManualFeed;
  #listener: ChangeFeedListener | undefined;
  #tracker: ChangeTracker;
  actorCache: ActorCache;
  refreshKeys = new RefreshKeys();

  constructor(lab: Lab, feed: ManualFeed) {
    this.#lab = lab;
    this.#feed = feed;
    this.actorCache = new ActorCache(lab.shared.signingKeys);
    this.#tracker = this.#newTracker();
  }

  get sessionChanges(): SessionChangeTracker {
    return this.#tracker;
  }

  /** Starts with an empty memory, and hears of changes from now on, as a new process does before it serves. */
  async restart(): Promise<void> {
    this.actorCache = new ActorCache(this.#lab.shared.signingKeys);
    this.refreshKeys = new RefreshKeys();
    this.#tracker = this.#newTracker();
    await this.#tracker.poll();
  }

  /** A notification arrives. */
  hear(): void {
    this.#listener?.onNotification(this.#feed.sessionId);
  }

  /** The listening connection breaks; what is notified until {@link Instance.poll} is lost. */
  lose(): void {
    this.#listener?.onLost();
  }

  /** Asks the database what changed. */
  async poll(): Promise<void> {
    await this.#tracker.poll();
  }

  #newTracker(): ChangeTracker {
    return new ChangeTracker({
      memorySeconds: lifetimes.accessToken,
      log: this.#lab.shared.log,
      // Silence is a matter of the tracker's own tests; here nothing takes time.
      monotonicMillis: () => 0,
      openFeed: (listener) => {
        this.#listener = listener;
        return { read: (seconds) => this.#read(seconds), close: async () => undefined };
      },
    });
  }

  async #read(seconds: number): Promise<readonly string[]> {
    const { rows } = await this.#lab.control.query<{ public_id: string }>({
      name: "proof-changes",
      text: `select public_id from session
        where public_id = $1 and changed_at > clock_timestamp() - make_interval(secs => $2)`,
      values: [this.#feed.sessionId, seconds],
    });
    return rows.map((row) => row.public_id);
  }
}
