import { ActorCache } from "../../../packages/server/src/auth/session/actor-cache.ts";
import type { SessionChangeTracker } from "../../../packages/server/src/auth/session/change-tracker.ts";
import { type ChangeFeedListener, ChangeTracker } from "../../../packages/server/src/auth/session/change-tracker.ts";
import { RefreshKeys } from "../../../packages/server/src/auth/session/refresh-keys.ts";
import { lifetimes } from "./family-model.ts";
import type { Lab } from "./lab.ts";

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
  #isNew = true;
  /** Why the database did not say what changed. */
  #failure: Error | undefined;
  actorCache: ActorCache;
  refreshKeys = new RefreshKeys();

  private constructor(lab: Lab, feed: ManualFeed) {
    this.#lab = lab;
    this.#feed = feed;
    this.actorCache = new ActorCache(lab.shared.signingKeys);
    this.#tracker = this.#newTracker();
  }

  /** Starts before anything has happened to the session, which is what its first poll finds. */
  static async start(lab: Lab, feed: ManualFeed): Promise<Instance> {
    const instance = new Instance(lab, feed);
    await instance.poll();
    instance.#isNew = false;
    return instance;
  }

  get sessionChanges(): SessionChangeTracker {
    return this.#tracker;
  }

  /** Starts with an empty memory, and hears of changes from now on, as a new process does before it serves. */
  async restart(): Promise<void> {
    this.actorCache = new ActorCache(this.#lab.shared.signingKeys);
    this.refreshKeys = new RefreshKeys();
    this.#tracker = this.#newTracker();
    await this.poll();
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
    // The tracker treats the error as a lost connection. That would hide it, since a promise is easier to keep then.
    if (this.#failure !== undefined) throw this.#failure;
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
    const { sessionId } = this.#feed;
    if (this.#isNew) return [];
    try {
      return (await this.#lab.control.hasChanged(sessionId, seconds)) ? [sessionId] : [];
    } catch (error) {
      this.#failure = new Error("The changes could not be read", { cause: error });
      throw error;
    }
  }
}
