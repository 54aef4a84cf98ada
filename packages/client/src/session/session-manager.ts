import { type GatehouseError, isGatehouseError } from "../gatehouse-error.ts";
import type { AnySession } from "../inference.ts";
import { isAboutToExpire } from "./expiry.ts";
import type { SessionChanges } from "./session-changes.ts";
import type { SessionHandle } from "./session-state.ts";
import type { SessionStore } from "./session-store.ts";
import type { SessionForm, StoredSession } from "./stored-session.ts";

interface SessionManagerOptions<S extends AnySession> {
  readonly form: SessionForm<S>;
  readonly store: SessionStore<S>;
  /** Exchanges the tokens for new ones at the server, with the stored attempt key, which is the same for each try. */
  readonly exchange: (session: S | null, attemptKey: string | undefined) => Promise<S>;
  /** Runs the work while other clients with the same storage wait, if the platform has locks. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A refresh under way; every call with the same tokens waits for it. */
interface Flight<S extends AnySession> {
  readonly version: string | undefined;
  readonly outcome: Promise<StoredSession<S> | null>;
}

/** Keeps the session and its tokens fresh. */
export class SessionManager<S extends AnySession> {
  readonly #options: SessionManagerOptions<S>;
  #flight: Flight<S> | undefined;

  constructor(options: SessionManagerOptions<S>) {
    this.#options = options;
  }

  get form(): SessionForm<S> {
    return this.#options.form;
  }

  read(): Promise<StoredSession<S> | null> {
    return this.#options.store.read();
  }

  /** The current session, even if only the browser knows it. */
  async current(): Promise<StoredSession<S> | null> {
    return (await this.read()) ?? (await this.#find());
  }

  /** The session for a call, refreshed if its access token is about to expire. */
  async forCall(): Promise<StoredSession<S> | null> {
    const held = await this.read();
    return held !== null && this.#isAboutToExpire(held) ? ((await this.#refresh(held)) ?? held) : held;
  }

  /**
   * Returns newer tokens after the server refused those of a call: another client may have stored them already. Returns
   * `null` if that session is gone, since a call must not be repeated for another user.
   */
  async renew(refused: StoredSession<S> | null): Promise<StoredSession<S> | null> {
    const held = await this.read();
    if (held === null) return refused === null ? await this.#find() : null;
    if (refused !== null && !isSameSession(held, refused)) return null;
    const isNewer = this.#versionOf(held) !== this.#versionOf(refused);
    return isNewer && !this.#isAboutToExpire(held) ? held : await this.#refresh(held);
  }

  /** Refreshes in any case. Returns `null` if nobody is signed in. */
  async refresh(): Promise<StoredSession<S> | null> {
    const held = await this.read();
    return held === null ? await this.#find() : await this.#refresh(held);
  }

  /** Finds a session that the browser has and the storage does not know. */
  async #find(): Promise<StoredSession<S> | null> {
    if (!this.form.isKeptByBrowser) return null;
    try {
      return await this.#refresh(null);
    } catch (error) {
      if (isRefused(error)) return null;
      throw error;
    }
  }

  /** The attempt key for tokens of this version; `undefined` if the storage has other tokens. */
  async attemptKey(version: unknown): Promise<string | undefined> {
    const isWanted = (found: StoredSession<S> | null) => this.#versionOf(found) === (version ?? undefined);
    const { held, attemptKey } = await this.#options.store.prepareRefresh(isWanted);
    return isWanted(held) ? attemptKey : undefined;
  }

  /** Stores the session of a sign-in in place of any other. */
  async start(session: S): Promise<void> {
    const started = this.#receive(session);
    await this.#options.store.update(() => started);
  }

  /** Stores the result of a refresh, unless a sign-in, sign-out or another refresh happened since it began. */
  replace(before: StoredSession<S> | null, session: S): Promise<StoredSession<S> | null> {
    const after = this.#receive(session);
    const expected = this.#versionOf(before);
    return this.#options.store.update((held) => (this.#versionOf(held) === expected ? after : held));
  }

  /** Removes the session after a logout; a session that began since stays. */
  async end(session: StoredSession<S>): Promise<void> {
    const endIfSame = (held: StoredSession<S> | null) => (held !== null && isSameSession(held, session) ? null : held);
    await this.#options.store.update(endIfSame, "logged_out");
  }

  /** Removes the session after the server has reported its end. */
  async endAsTold(sessionId: string): Promise<void> {
    await this.#options.store.update((held) => (held?.session.id === sessionId ? null : held), "session_ended");
  }

  /** Removes tokens that the server will never accept after a failed refresh, unless they were replaced already. */
  async endIfRefused(version: unknown, error: unknown): Promise<StoredSession<S> | null> {
    if (!isRefused(error)) return await this.read();
    const isReuse = error.data.code === "REFRESH_TOKEN_REUSED";
    return await this.#options.store.update(
      (held) => (this.#versionOf(held) === version ? null : held),
      isReuse ? "refresh_token_reused" : "session_ended",
    );
  }

  /** Removes the session without telling the server. */
  async clear(): Promise<void> {
    await this.#options.store.update(() => null, "cleared");
  }

  #refresh(held: StoredSession<S> | null): Promise<StoredSession<S> | null> {
    const version = this.#versionOf(held);
    const flight = this.#flight;
    if (flight !== undefined && flight.version === version) return flight.outcome;
    const outcome = this.#options
      .exclusively(() => this.#exchange(held))
      .finally(() => {
        if (this.#flight?.outcome === outcome) this.#flight = undefined;
      });
    this.#flight = { version, outcome };
    return outcome;
  }

  async #exchange(held: StoredSession<S> | null): Promise<StoredSession<S> | null> {
    const version = this.#versionOf(held);
    const isWanted = (found: StoredSession<S> | null) => this.#versionOf(found) === version;
    const { held: before, attemptKey } = await this.#options.store.prepareRefresh(isWanted);
    if (!isWanted(before)) return sameSession(before, held);
    try {
      const session = await this.#options.exchange(before?.session ?? null, attemptKey);
      return sameSession(await this.replace(before, session), held);
    } catch (error) {
      const left = sameSession(await this.endIfRefused(version, error), held);
      // Another client may have refreshed first.
      if (left !== null && this.#versionOf(left) !== version) return left;
      throw error;
    }
  }

  #versionOf(held: StoredSession<S> | null): string | undefined {
    return held === null ? undefined : this.form.refreshVersion(held);
  }

  #receive(session: S): StoredSession<S> {
    return { session, receivedAtMillis: this.#options.now() };
  }

  #isAboutToExpire(held: StoredSession<S>): boolean {
    return isAboutToExpire(this.form, held, this.#options.now());
  }
}

/** Permanent, unlike other failures. */
function isRefused(error: unknown): error is GatehouseError<"REFRESH_TOKEN_INVALID" | "REFRESH_TOKEN_REUSED"> {
  return isGatehouseError(error, "REFRESH_TOKEN_INVALID", "REFRESH_TOKEN_REUSED");
}

function isSameSession(a: StoredSession<AnySession>, b: StoredSession<AnySession>): boolean {
  return a.session.id === b.session.id;
}

/** Returns the found session, or nothing if another one was wanted. */
function sameSession<S extends AnySession>(
  found: StoredSession<S> | null,
  wanted: StoredSession<S> | null,
): StoredSession<S> | null {
  return found !== null && (wanted === null || isSameSession(found, wanted)) ? found : null;
}

/** The handle of a client's session. */
export function createSessionHandle<S extends AnySession>(
  sessions: SessionManager<S>,
  changes: SessionChanges<S>,
): SessionHandle<S> {
  return {
    async get() {
      await sessions.read();
      return changes.state;
    },
    refresh: async () => (await sessions.refresh())?.session ?? null,
    clear: () => sessions.clear(),
    onChange: (listener) => changes.subscribe(listener),
  };
}
