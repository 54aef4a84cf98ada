import type { AnySession } from "../inference.ts";
import type { SessionChanges } from "./session-changes.ts";
import type { SignOutReason } from "./session-state.ts";
import type { SessionStorage } from "./session-storage.ts";
import { formatStoredSession, parseStoredSession, type SessionForm, type StoredSession } from "./stored-session.ts";

interface SessionStoreOptions<S extends AnySession> {
  readonly form: SessionForm<S>;
  readonly storage: SessionStorage;
  readonly key: string;
  readonly changes: SessionChanges<S>;
  /** Runs the work while other clients with the same storage wait, if the platform has locks. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * The session in the storage, which is its only place, since other clients may share it. This client's changes run one
 * after the other, although the storage may be asynchronous; with locks, so do those of other clients.
 */
export class SessionStore<S extends AnySession> {
  readonly #options: SessionStoreOptions<S>;
  #queue: Promise<unknown> = Promise.resolve();
  #nextRead: Promise<StoredSession<S> | null> | undefined;

  constructor(options: SessionStoreOptions<S>) {
    this.#options = options;
  }

  /** Reads the stored session. Calls of the same tick share one read, so that they can share a request. */
  read(): Promise<StoredSession<S> | null> {
    this.#nextRead ??= this.#enqueue(() => {
      this.#nextRead = undefined;
      return this.#load();
    });
    return this.#nextRead;
  }

  /**
   * Returns the session with the attempt key for its refresh, an existing one or a new one, which is stored when this
   * resolves. If the storage has another session than the wanted one, returns that session unchanged.
   */
  async prepareRefresh(
    isWanted: (held: StoredSession<S> | null) => boolean,
  ): Promise<{ readonly held: StoredSession<S> | null; readonly attemptKey: string | undefined }> {
    const held = await this.update((found) =>
      found !== null && isWanted(found) && found.attemptKey === undefined
        ? { ...found, attemptKey: createAttemptKey() }
        : found,
    );
    const isOfBrowser = held === null && isWanted(null) && this.#options.form.isKeptByBrowser;
    if (!isOfBrowser) return { held, attemptKey: held?.attemptKey };
    return { held, attemptKey: await this.#change(() => this.#attemptKeyOfBrowser()) };
  }

  /**
   * Changes the stored session depending on its value, and resolves with the new value. The reason applies if no
   * session is left.
   */
  update(
    change: (held: StoredSession<S> | null) => StoredSession<S> | null,
    reason: SignOutReason = "cleared",
  ): Promise<StoredSession<S> | null> {
    return this.#change(async () => {
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

  /** For a session that only the browser knows. */
  async #attemptKeyOfBrowser(): Promise<string> {
    const { storage } = this.#options;
    const kept = await storage.getItem(this.#attemptName);
    if (kept !== null) return kept;
    const made = createAttemptKey();
    await storage.setItem(this.#attemptName, made);
    return made;
  }

  async #save(next: StoredSession<S> | null): Promise<void> {
    const { storage, key, form } = this.#options;
    await (next === null ? storage.removeItem(key) : storage.setItem(key, formatStoredSession(next)));
    if (form.isKeptByBrowser) await storage.removeItem(this.#attemptName);
  }

  get #attemptName(): string {
    return `${this.#options.key}.attempt`;
  }

  #change<T>(step: () => Promise<T>): Promise<T> {
    return this.#enqueue(() => this.#options.exclusively(step));
  }

  #enqueue<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(step);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** Bytes of an attempt key: enough that it is unique and cannot be guessed. */
const keyBytes = 16;

/**
 * A new key for one refresh. The server recognises a repeated refresh by it; an attacker who stole only the refresh token cannot
 * send it.
 */
function createAttemptKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(keyBytes));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
