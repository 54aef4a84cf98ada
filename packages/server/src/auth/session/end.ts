import type { Clock } from "../../clock.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { releaseDevices } from "../../device/service.ts";
import type { SessionChanges } from "./change-tracker.ts";
import { type EndedSessions, revokeSessions } from "./store.ts";

/** What ending sessions needs. */
export interface EndSessionDeps {
  readonly clock: Clock;
  readonly sessionChanges: SessionChanges;
}

/** The session that a call is about, by its public id, besides those that it ends. */
interface EndingCall extends EndedSessions {
  readonly of?: string;
}

/**
 * Ends sessions, with what follows from their end: no call is answered from memory, and their devices get no more
 * messages. The session that the call is about is not answered from memory either, also where another process was first
 * to end it.
 */
export async function endSessions(
  deps: Pick<EndSessionDeps, "clock" | "sessionChanges">,
  trx: DatabaseTransaction,
  { of, ...ended }: EndingCall,
): Promise<void> {
  const sessions = await revokeSessions(trx, ended, deps.clock.now());
  // Before the commit, and again where the transaction is retried: a session that is noted is read again, and no more.
  deps.sessionChanges.note([...(of === undefined ? [] : [of]), ...sessions.map((session) => session.public_id)]);
  const ids = sessions.map((session) => session.device_id).filter((id) => id !== null);
  await releaseDevices(deps, trx, { userId: ended.userId, ids });
}
