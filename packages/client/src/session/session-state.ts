import type { AnySession, Session } from "../inference.ts";

/**
 * Why nobody is signed in any more: `logged_out` by a call, `cleared` by `$session.clear()`, `session_ended` since the
 * server no longer takes the refresh token (expired or revoked), `refresh_token_reused` since an old one came back and
 * may have been copied, and `elsewhere` by another client with the same storage.
 */
export type SignOutReason = "logged_out" | "cleared" | "session_ended" | "refresh_token_reused" | "elsewhere";

/** Who is signed in. The reason is `null` where nobody was, as far as this client can tell. */
export type SessionState<S extends AnySession = Session> =
  | { readonly session: S; readonly signOutReason: null }
  | { readonly session: null; readonly signOutReason: SignOutReason | null };

/** Told the new state after each sign-in, refresh and sign-out. */
export type SessionListener<S extends AnySession = Session> = (state: SessionState<S>) => void;

/** The session of a client: `client.$session`. Calls keep it by themselves; this is to show it and to end it. */
export interface SessionHandle<S extends AnySession = Session> {
  /** Who is signed in, as the storage says now. Nothing is sent. */
  get(): Promise<SessionState<S>>;
  /**
   * Exchanges the tokens for new ones now; calls need no help with that. Resolves with `null` if nobody is signed in;
   * with cookies, it finds a session that another app of this browser began.
   * Rejects with `REFRESH_TOKEN_INVALID` or `REFRESH_TOKEN_REUSED` when that ended the session, and with any other
   * error when it did not.
   */
  refresh(): Promise<S | null>;
  /**
   * Forgets the session on this device only; `auth.logout` ends it at the server too. Cookies stay, as no script can clear
   * them: with `transport: "cookie"` the next call is still made in the session, and `auth.logout` alone signs out.
   */
  clear(): Promise<void>;
  /**
   * Calls the listener after each sign-in, refresh and sign-out. What other clients with the same storage do is noticed
   * at the next call. Returns a function that ends it.
   */
  onChange(listener: SessionListener<S>): () => void;
}
