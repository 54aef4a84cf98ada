import { isGatehouseError } from "../gatehouse-error.ts";
import type { Session } from "../inference.ts";
import { isAboutToExpire } from "./access-token.ts";
import type { SessionStore } from "./session-store.ts";
import type { StoredSession } from "./stored-session.ts";

interface SessionManagerOptions {
  readonly store: SessionStore;
  /** Exchanges a refresh token for new tokens at the server. */
  readonly exchange: (refreshToken: string) => Promise<Session>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A refresh under way, which everybody waits for who has the same token to refresh. */
interface Flight {
  readonly refreshToken: string;
  readonly outcome: Promise<StoredSession | null>;
}

/** Keeps the session and its tokens fresh. */
export class SessionManager {
  readonly #options: SessionManagerOptions;
  #flight: Flight | undefined;

  constructor(options: SessionManagerOptions) {
    this.#options = options;
  }

  read(): Promise<StoredSession | null> {
    return this.#options.store.read();
  }

  /** The session to make a call with, refreshed if its access token is about to expire. */
  async forCall(): Promise<StoredSession | null> {
    const held = await this.read();
    return held !== null && this.#isAboutToExpire(held) ? ((await this.#refresh(held)) ?? held) : held;
  }

  /**
   * Newer tokens after the server refused those of a call: another client may have stored them already. `null` if that
   * session is gone; a call made for it must not be repeated for somebody else.
   */
  async renew(refused: StoredSession | null): Promise<StoredSession | null> {
    const held = await this.read();
    if (held === null || (refused !== null && !isSameSession(held, refused))) return null;
    const isNewer = held.session.accessToken !== refused?.session.accessToken;
    return isNewer && !this.#isAboutToExpire(held) ? held : await this.#refresh(held);
  }

  /** New tokens in any case. `null` if nobody is signed in. */
  async refresh(): Promise<StoredSession | null> {
    const held = await this.read();
    return held === null ? null : await this.#refresh(held);
  }

  /** Keeps the session of a sign-in, whatever was there before. */
  async start(session: Session): Promise<void> {
    const started = this.#receive(session);
    await this.#options.store.update(() => started);
  }

  /** Keeps the outcome of a refresh, unless somebody signed in or out, or refreshed, since it began. */
  replace(before: StoredSession | null, session: Session): Promise<StoredSession | null> {
    const after = this.#receive(session);
    const expected = before?.session.refreshToken;
    return this.#options.store.update((held) => (held?.session.refreshToken === expected ? after : held));
  }

  /** After a logout; a session that began since stays. */
  async end(session: StoredSession): Promise<void> {
    const endIfSame = (held: StoredSession | null) => (held !== null && isSameSession(held, session) ? null : held);
    await this.#options.store.update(endIfSame, "logged_out");
  }

  /** After the server has told that the session is over. */
  async endAsTold(sessionId: string): Promise<void> {
    await this.#options.store.update((held) => (held?.session.id === sessionId ? null : held), "session_ended");
  }

  /** After a failed refresh: a token that the server will never take is dropped, unless it was replaced already. */
  async endIfRefused(refreshToken: unknown, error: unknown): Promise<StoredSession | null> {
    if (!isGatehouseError(error, "REFRESH_TOKEN_INVALID", "REFRESH_TOKEN_REUSED")) return await this.read();
    const isReuse = error.data.code === "REFRESH_TOKEN_REUSED";
    return await this.#options.store.update(
      (held) => (held?.session.refreshToken === refreshToken ? null : held),
      isReuse ? "refresh_token_reused" : "session_ended",
    );
  }

  /** Forgets the session without a word to the server. */
  async clear(): Promise<void> {
    await this.#options.store.update(() => null, "cleared");
  }

  #refresh(held: StoredSession): Promise<StoredSession | null> {
    const { refreshToken } = held.session;
    const flight = this.#flight;
    if (flight !== undefined && flight.refreshToken === refreshToken) return flight.outcome;
    const outcome = this.#exchange(held).finally(() => {
      if (this.#flight?.outcome === outcome) this.#flight = undefined;
    });
    this.#flight = { refreshToken, outcome };
    return outcome;
  }

  async #exchange(held: StoredSession): Promise<StoredSession | null> {
    const { refreshToken } = held.session;
    const before = await this.read();
    if (before?.session.refreshToken !== refreshToken) return sameSession(before, held);
    try {
      const session = await this.#options.exchange(refreshToken);
      return sameSession(await this.replace(before, session), held);
    } catch (error) {
      const left = sameSession(await this.endIfRefused(refreshToken, error), held);
      // Another client may have refreshed first.
      if (left !== null && left.session.refreshToken !== refreshToken) return left;
      throw error;
    }
  }

  #receive(session: Session): StoredSession {
    return { session, receivedAtMillis: this.#options.now() };
  }

  #isAboutToExpire(held: StoredSession): boolean {
    return isAboutToExpire(held, this.#options.now());
  }
}

function isSameSession(a: StoredSession, b: StoredSession): boolean {
  return a.session.id === b.session.id;
}

function sameSession(found: StoredSession | null, wanted: StoredSession): StoredSession | null {
  return found !== null && isSameSession(found, wanted) ? found : null;
}
