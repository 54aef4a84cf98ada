import type { Clock } from "../../clock.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { SessionChangeTracker } from "./change-tracker.ts";
import type { SignInMethodName } from "./methods.ts";
import { addSessionMethods, type SessionRow } from "./store.ts";

/** What noting another proof in a session needs. */
export interface AddMethodDeps {
  readonly clock: Clock;
  readonly sessionChanges: Pick<SessionChangeTracker, "markChanged">;
}

interface ProvenInSession {
  readonly session: Pick<SessionRow, "id" | "public_id">;
  readonly methods: readonly SignInMethodName[];
}

/**
 * Notes that the session's user proved another factor in it, which is as recent a proof as a sign-in. Every instance reads the
 * session again. Throws `ACCESS_TOKEN_INVALID` if the session has ended.
 */
export async function addMethods(
  { clock, sessionChanges }: AddMethodDeps,
  trx: DatabaseTransaction,
  { session, methods }: ProvenInSession,
): Promise<void> {
  if (!(await addSessionMethods(trx, { sessionId: session.id, methods, now: clock.now() }))) {
    throw new GatehouseError("ACCESS_TOKEN_INVALID");
  }
  sessionChanges.markChanged([session.public_id]);
}
