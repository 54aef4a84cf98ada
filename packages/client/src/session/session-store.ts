import type { AnySession } from "../inference.ts";
import type { SessionChanges } from "./session-changes.ts";
import type { SessionForm } from "./session-form.ts";
import type { SignOutReason } from "./session-state.ts";
import type { SessionStorage } from "./session-storage.ts";
import { formatStoredSession, parseStoredSession, type StoredSession } from "./stored-session.ts";

interface SessionStoreOptions<S extends AnySession> {
  readonly form: SessionForm<S>;
  readonly storage: SessionStorage;
  readonly key: string;
  readonly changes: SessionChanges<S>;
}

/**
 * The session in the storage, which is its only home: other clients may share it. What this client does to it happens
 * in order, one thing after the other, though the storage may be asynchronous.
 */
export class SessionStore<S extends AnySession> {
  readonly #options: SessionStoreOptions<S>;
  #queue: Promise<unknown> = Promise.resolve();
  #nextRead: Promise<StoredSession<S> | null> | undefined;

  constructor(options: SessionStoreOptions<S>) {
    this.#options = options;
  }

  /** What is there now. Calls of the same tick share one look, so that they go on together. */
  read(): Promise<StoredSession<S> | null> {
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
    change: (held: StoredSession<S> | null) => StoredSession<S> | null,
    reason: SignOutReason = "cleared",
  ): Promise<StoredSession<S> | null> {
    return this.#enqueue(async () => {
      const held = await this.#load();
      const next = change(held);
      if (next === held) return held;
      await this.#save(next);
      this.#options.changes.note(next, reason);
      return next;
    });
  }

  async #load(): Promise<StoredSession<S> | null> {
    const { storage, key, changes, form } = this.#options;
    const held = parseStoredSession(await storage.getItem(key), form);
    changes.note(held, "elsewhere");
    return held;
  }

  async #save(next: StoredSession<S> | null): Promise<void> {
    const { storage, key } = this.#options;
    await (next === null ? storage.removeItem(key) : storage.setItem(key, formatStoredSession(next)));
  }

  #enqueue<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(step);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
