import type { DatabaseTransaction } from "../../database/index.ts";
import type { Dependencies } from "../../dependencies.ts";
import { releaseDevices } from "../../device/index.ts";
import { type EndedSessions, revokeSessions } from "../session/index.ts";

/**
 * Ends sessions, with what follows from their end: no call is answered from memory, and their devices get no more
 * messages.
 */
export async function endSessions(
  deps: Pick<Dependencies, "clock" | "sessionChanges">,
  trx: DatabaseTransaction,
  ended: EndedSessions,
): Promise<void> {
  const sessions = await revokeSessions(trx, ended, deps.clock.now());
  deps.sessionChanges.note(sessions.map((session) => session.public_id));
  const ids = sessions.map((session) => session.device_id).filter((id) => id !== null);
  await releaseDevices(deps, trx, { userId: ended.userId, ids });
}
