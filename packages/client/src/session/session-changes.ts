import type { AnySession } from "../inference.ts";
import type { SessionListener, SessionState, SignOutReason } from "./session-state.ts";
import type { SessionForm, StoredSession } from "./stored-session.ts";

/** The last known state, and its listeners. */
export class SessionChanges<S extends AnySession> {
  readonly #form: SessionForm<S>;
  #seen: { readonly state: SessionState<S>; readonly version: string | undefined } | undefined;
  readonly #listeners = new Set<SessionListener<S>>();

  constructor(form: SessionForm<S>) {
    this.#form = form;
  }

  get state(): SessionState<S> {
    return this.#seen?.state ?? { session: null, signOutReason: null };
  }

  /** Records the session in the storage. The reason applies if a session was there before and is gone now. */
  note(stored: StoredSession<S> | null, reason: SignOutReason): void {
    const before = this.#seen;
    const version = stored === null ? undefined : this.#form.refreshVersion(stored);
    if (before !== undefined && before.version === version) return;
    const state = stateOf(stored, before === undefined ? null : reason);
    this.#seen = { state, version };
    if (before === undefined) return;
    // A listener that throws must not fail the call that changed the session.
    for (const listener of this.#listeners) queueMicrotask(() => listener(state));
  }

  /** Returns what ends it. */
  subscribe(listener: SessionListener<S>): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

function stateOf<S extends AnySession>(
  stored: StoredSession<S> | null,
  signOutReason: SignOutReason | null,
): SessionState<S> {
  return stored === null ? { session: null, signOutReason } : { session: stored.session, signOutReason: null };
}
