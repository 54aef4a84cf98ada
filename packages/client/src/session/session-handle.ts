import type { AnySession, Session } from "../inference.ts";
import type { SessionListener, SessionState } from "./session-state.ts";

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
