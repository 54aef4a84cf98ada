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
  /** Does the work while no other client with the same storage changes it, as far as that can be had. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * The session in the storage, which is its only home: other clients may share it. What this client does to it happens
 * in order, one thing after the other, though the storage may be asynchronous; and so what others do, as far as they can be
 * kept waiting.
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
   * The session with the key for its refresh, which is in the storage when this resolves: the one that is there, or a new one.
   * If another session is there than the one that is wanted, that one as it is.
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
   * Changes what is there depending on what it is, and resolves with what is there then. The reason counts if that is
   * nothing.
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

  /** Of a session that the browser alone knows of. */
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
