import type { AnySession } from "../inference.ts";
import type { StoredSession } from "./stored-session.ts";

/** What the keeping of a session must know of the form that it has: with its tokens, or with none. */
export interface SessionForm<S extends AnySession> {
  matches(value: unknown): value is S;
  /** Differs for any two refresh tokens that came one after the other. */
  refreshVersion(stored: StoredSession<S>): string;
  /** The version that a call of `auth.refresh` with this input refreshes. */
  versionIn(input: unknown, held: StoredSession<S> | null): unknown;
  /** The lifetime of the access token, in milliseconds, by the server's clock alone; `undefined` where it cannot be read. */
  lifetimeMillis(session: S): number | undefined;
  /** The token to call with, where the browser does not add it. */
  accessToken(session: S): string | undefined;
  /** Whether there may be a session that the storage knows nothing of. */
  readonly isKeptByBrowser: boolean;
}
