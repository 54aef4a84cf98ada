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
