import type { AnySession, Session } from "../inference.ts";

/**
 * Why nobody is signed in any more: `logged_out` by a call, `cleared` by `$session.clear()`, `session_ended` if the
 * server no longer accepts the refresh token (expired or revoked), `refresh_token_reused` if an old token was used
 * again and may have been copied, and `elsewhere` by another client with the same storage.
 */
export type SignOutReason = "logged_out" | "cleared" | "session_ended" | "refresh_token_reused" | "elsewhere";

/** Who is signed in. The reason is `null` if nobody was signed in before, as far as this client knows. */
export type SessionState<S extends AnySession = Session> =
  | { readonly session: S; readonly signOutReason: null }
  | { readonly session: null; readonly signOutReason: SignOutReason | null };

/** Called with the new state after each sign-in, refresh and sign-out. */
export type SessionListener<S extends AnySession = Session> = (state: SessionState<S>) => void;

/** The session of a client: `client.$session`. Calls manage it automatically; use this to show or end it. */
export interface SessionHandle<S extends AnySession = Session> {
  /** Reads from the storage who is signed in. Sends nothing. */
  get(): Promise<SessionState<S>>;
  /**
   * Exchanges the tokens for new ones now; calls do this automatically when needed. Resolves with `null` if nobody is
   * signed in; with cookies, it finds a session that another app of this browser began. Rejects with
   * `REFRESH_TOKEN_INVALID` or `REFRESH_TOKEN_REUSED` if the session has ended, and with another error if it has not.
   */
  refresh(): Promise<S | null>;
  /**
   * Removes the session from this device only; `auth.logout` ends it at the server too. With `transport: "cookie"` the
   * cookies stay, since no script can clear them, and the next call still uses the session: only `auth.logout` signs
   * out.
   */
  clear(): Promise<void>;
  /**
   * Calls the listener after each sign-in, refresh and sign-out. Changes by other clients with the same storage are
   * noticed at the next call. Returns a function that removes the listener.
   */
  onChange(listener: SessionListener<S>): () => void;
}
