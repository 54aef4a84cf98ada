import type { AuditDeps } from "../../audit/call.ts";
import { eventColumns } from "../../audit/record.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { releaseDevices } from "../../device/service.ts";
import { findPublicId } from "../../user/store.ts";
import { type EventDeps, mayBeHeard, publishEvent } from "../../webhook/publish.ts";
import { deleteCodesOf } from "../sign-in-code/store.ts";
import type { SessionChangeTracker } from "./change-tracker.ts";
import { revokeSessions, type SessionsToEnd } from "./end-store.ts";

/** What ending sessions needs. */
export interface EndSessionDeps extends AuditDeps, EventDeps {
  readonly sessionChanges: Pick<SessionChangeTracker, "markChanged">;
}

/** Which sessions end. */
interface EndRequest extends SessionsToEnd {
  /** The public id of the session that the caller names or uses, if there is one: it counts as changed in any case. */
  readonly requestedId?: string;
}

/**
 * Ends sessions and records it, with what follows: this process reads them from the database at their next call, their devices
 * get no more messages, and webhooks are told. The requested session is read again too, even if another process ended it first.
 */
export async function endSessions(
  deps: EndSessionDeps,
  trx: DatabaseTransaction,
  { requestedId, ...toEnd }: EndRequest,
): Promise<void> {
  const details = { reason: toEnd.reason };
  const event = eventColumns(deps, { action: "session.revoked", kind: "session", details });
  const ended = await revokeSessions(trx, toEnd, { now: deps.clock.now(), event });
  // Otherwise a code that is out would start a session after all have ended.
  if (toEnd.only === undefined) await deleteCodesOf(trx, toEnd.userId);
  const requested = requestedId === undefined ? [] : [requestedId];
  // Before the commit, and again if the transaction is retried: marking a session only means that it is read again.
  deps.sessionChanges.markChanged([...requested, ...ended.map((session) => session.public_id)]);
  const ids = ended.map((session) => session.device_id).filter((id) => id !== null);
  await releaseDevices(deps, trx, { userId: toEnd.userId, ids });
  if (ended.length > 0) await publishRevocations(deps, trx, { ...toEnd, ids: ended.map((one) => one.public_id) });
}

async function publishRevocations(
  deps: EndSessionDeps,
  trx: DatabaseTransaction,
  { userId, reason, ids }: Pick<SessionsToEnd, "userId" | "reason"> & { readonly ids: readonly string[] },
): Promise<void> {
  if (!mayBeHeard(deps, "session.revoked")) return;
  const userPublicId = await findPublicId(trx, userId);
  if (userPublicId === undefined) return;
  for (const id of ids) {
    await publishEvent(deps, trx, { type: "session.revoked", data: { id, userId: userPublicId, reason } });
  }
}
