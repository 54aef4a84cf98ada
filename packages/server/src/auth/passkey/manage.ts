import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { Clock } from "../../clock.ts";
import type { CursorCodec } from "../../crypto/cursor.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { readPage } from "../../list-page.ts";
import { lockUser, type UserRow } from "../../user/store.ts";
import { notifyOfChange } from "../mfa/enrol.ts";
import { endFactorWithoutPasskeys } from "../mfa/passkeys.ts";
import { type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import type { Principal } from "../session/actor.ts";
import { requireWayIn, type WayInDeps } from "../way-in/service.ts";
import { type Passkey, toPasskey } from "./passkey.ts";
import type { listPasskeysInput, listPasskeysOutput, updatePasskeyInput } from "./schema.ts";
import { deletePasskeyOf, listPasskeysOf, renamePasskeyOf } from "./store.ts";

type Owner = Pick<Principal, "userId" | "userPublicId">;

/** Lists a user's passkeys, the newest first. Throws `INVALID_INPUT` for a cursor of another list. */
export async function listPasskeys(
  deps: { readonly db: Database; readonly cursors: CursorCodec },
  { userId, userPublicId }: Owner,
  page: z.output<typeof listPasskeysInput>,
): Promise<z.output<typeof listPasskeysOutput>> {
  const request = { list: `passkeys:${userPublicId}`, ...page };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) => listPasskeysOf(deps.db, userId, bounds));
  return { items: rows.map(toPasskey), nextCursor };
}

/** Gives a passkey of the actor another name. Throws `NOT_FOUND`. */
export async function renamePasskey(
  deps: AuditDeps & { readonly db: Database },
  { userId }: Principal,
  { id: publicId, name }: z.output<typeof updatePasskeyInput>,
): Promise<Passkey> {
  return await inTransaction(deps.db, async (trx) => {
    const row = await renamePasskeyOf(trx, { publicId, userId }, name);
    if (row === undefined) throw new GatehouseError("NOT_FOUND");
    const changes = { name: { from: row.former_name, to: name } };
    await recordEvent(deps, trx, { action: "passkey.renamed", kind: "passkey", targetId: publicId, changes });
    return toPasskey(row);
  });
}

/** What removing a passkey needs. */
export interface RemovePasskeyDeps extends AuditDeps, NoticeDeps {
  readonly clock: Clock;
}

/**
 * Removes a passkey of the actor; the owner is told by mail. Sessions that were started with it go on. Throws `NOT_FOUND`, and
 * `LAST_WAY_IN` if nobody could sign in without it.
 */
export async function removeOwnPasskey(
  deps: RemovePasskeyDeps & WayInDeps & { readonly db: Database },
  { userId }: Principal,
  publicId: string,
): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    if (user === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    await removePasskey(deps, trx, { user, publicId });
    await requireWayIn(deps, trx, user.id);
  });
}

/**
 * Removes a passkey of a locked user, and tells its owner by mail. The last one takes the second factor with it, if passkeys were one.
 * Throws `NOT_FOUND`.
 */
export async function removePasskey(
  deps: RemovePasskeyDeps,
  trx: DatabaseTransaction,
  { user, publicId }: { readonly user: UserRow; readonly publicId: string },
): Promise<void> {
  const row = await deletePasskeyOf(trx, { publicId, userId: user.id });
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  const removed = {
    action: "passkey.removed",
    kind: "passkey",
    targetId: publicId,
    accountId: user.public_id,
  } as const;
  await recordEvent(deps, trx, { ...removed, details: { name: row.name } });
  const notice = { template: "passkey-removed", passkeyName: row.name, at: deps.clock.now() } as const;
  await sendSecurityNotice(deps, trx, { user, notice });
  const hasEnded = await endFactorWithoutPasskeys(deps, trx, { user, reason: "last_passkey_removed" });
  if (hasEnded) await notifyOfChange(deps, trx, user);
}
