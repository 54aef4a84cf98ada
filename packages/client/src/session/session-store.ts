import type { SessionChanges } from "./session-changes.ts";
import type { SignOutReason } from "./session-state.ts";
import type { SessionStorage } from "./session-storage.ts";
import { formatStoredSession, parseStoredSession, type StoredSession } from "./stored-session.ts";

interface SessionStoreOptions {
  readonly storage: SessionStorage;
  readonly key: string;
  readonly changes: SessionChanges;
}

/**
 * The session in the storage, which is its only home: other clients may share it. What this client does to it happens
 * in order, one thing after the other, though the storage may be asynchronous.
 */
export class SessionStore {
  readonly #options: SessionStoreOptions;
  #queue: Promise<unknown> = Promise.resolve();
  #nextRead: Promise<StoredSession | null> | undefined;

  constructor(options: SessionStoreOptions) {
    this.#options = options;
  }

  /** What is there now. Calls of the same tick share one look, so that they go on together. */
  read(): Promise<StoredSession | null> {
    this.#nextRead ??= this.#enqueue(() => {
      this.#nextRead = undefined;
      return this.#load();
    });
    return this.#nextRead;
  }

  /**
   * Changes what is there depending on what it is, and resolves with what is there then. The reason counts if that is
   * nothing.
   */
  update(
    change: (held: StoredSession | null) => StoredSession | null,
    reason: SignOutReason = "cleared",
  ): Promise<StoredSession | null> {
    return this.#enqueue(async () => {
      const held = await this.#load();
      const next = change(held);
      if (next === held) return held;
      await this.#save(next);
      this.#options.changes.note(next?.session ?? null, reason);
      return next;
    });
  }

  async #load(): Promise<StoredSession | null> {
    const { storage, key, changes } = this.#options;
    const held = parseStoredSession(await storage.getItem(key));
    changes.note(held?.session ?? null, "elsewhere");
    return held;
  }

  async #save(next: StoredSession | null): Promise<void> {
    const { storage, key } = this.#options;
    await (next === null ? storage.removeItem(key) : storage.setItem(key, formatStoredSession(next)));
  }

  #enqueue<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(step);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
