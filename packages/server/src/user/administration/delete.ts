import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { type EndSessionDeps, endSessions } from "../../auth/session/end.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import type { AuthorityDeps } from "../../role/authority.ts";
import type { RightsHolder } from "../../role/permissions.ts";
import { type EventDeps, publishEvent } from "../../webhook/publish.ts";
import { deleteExportsOf } from "../export/store.ts";
import { keepLastAdmin, toUser } from "../service.ts";
import { changeUser, type UserRow } from "../store.ts";
import { enableLater } from "./disable.ts";
import { type ManagedUser, toManagedUser } from "./list.ts";
import { restoreDeletedUser } from "./store.ts";
import { lockDeletedTarget, lockTarget } from "./target.ts";

/** What deleting accounts needs. */
export interface DeleteDeps extends AuditDeps, AuthorityDeps, EndSessionDeps {
  readonly db: Database;
}

/**
 * Deletes an account, which can be restored until it is erased: its sessions end at once, copies of its data that wait for their
 * download are deleted, and its address and username stay taken. Throws `NOT_FOUND`, also for a deleted account, `FORBIDDEN` and `LAST_ADMIN`.
 */
export async function deleteUser(deps: DeleteDeps, actor: RightsHolder, id: string): Promise<void> {
  await keepLastAdmin(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      await deleteLocked(deps, trx, await lockTarget(deps, trx, { actor, id }));
    }),
  );
}

/** Deletes an account that the transaction has locked. */
export async function deleteLocked(deps: EndSessionDeps, trx: DatabaseTransaction, user: UserRow): Promise<void> {
  const now = deps.clock.now();
  await endSessions(deps, trx, { userId: user.id, reason: "account_deleted" });
  await deleteExportsOf(trx, user.id);
  await changeUser(trx, user.id, { deleted_at: now, updated_at: now });
  await recordEvent(deps, trx, { action: "user.deleted", kind: "user", targetId: user.public_id });
  await publishEvent(deps, trx, { type: "user.deleted", data: toUser(user, deps.config) });
}

/**
 * Restores a deleted account in the state that it had. One that is disabled until a time is enabled then: the job that was to do
 * so leaves deleted accounts alone. Throws `NOT_FOUND`, also for one that is not deleted, and `FORBIDDEN`.
 */
export async function restoreUser(
  deps: AuditDeps & AuthorityDeps & EventDeps & { readonly db: Database },
  actor: RightsHolder,
  id: string,
): Promise<ManagedUser> {
  return await inTransaction(deps.db, async (trx) => {
    const user = await lockDeletedTarget(deps, trx, { actor, id });
    const restored = await restoreDeletedUser(trx, user.id, deps.clock.now());
    const { disabled_until: until } = restored;
    if (until !== null) await enableLater(deps, trx, { userId: restored.id, until });
    await recordEvent(deps, trx, { action: "user.restored", kind: "user", targetId: id });
    await publishEvent(deps, trx, { type: "user.updated", data: toUser(restored, deps.config) });
    return toManagedUser(restored, deps.config);
  });
}
