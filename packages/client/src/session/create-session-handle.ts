import type { AnySession } from "../inference.ts";
import type { SessionChanges } from "./session-changes.ts";
import type { SessionManager } from "./session-manager.ts";
import type { SessionHandle } from "./session-state.ts";

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
