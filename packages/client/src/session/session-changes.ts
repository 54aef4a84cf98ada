import type { Session } from "../inference.ts";
import type { SessionListener, SessionState, SignOutReason } from "./session-state.ts";

/** The state that was seen last, and who wants to know when it changes. */
export class SessionChanges {
  #state: SessionState | undefined;
  readonly #listeners = new Set<SessionListener>();

  get state(): SessionState {
    return this.#state ?? { session: null, signOutReason: null };
  }

  /** Takes note of what the storage holds; the reason counts if a session was there before and is not now. */
  note(session: Session | null, reason: SignOutReason): void {
    const before = this.#state;
    if (before === undefined) this.#state = stateOf(session, null);
    if (before === undefined || before.session?.accessToken === session?.accessToken) return;
    const state = stateOf(session, reason);
    this.#state = state;
    // A listener that throws must not fail the call that changed the session.
    for (const listener of this.#listeners) queueMicrotask(() => listener(state));
  }

  /** Returns what ends it. */
  subscribe(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

function stateOf(session: Session | null, signOutReason: SignOutReason | null): SessionState {
  return session === null ? { session, signOutReason } : { session, signOutReason: null };
}
