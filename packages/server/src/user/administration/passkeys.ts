import type { z } from "zod";
import { listPasskeys, type RemovePasskeyDeps, removePasskey } from "../../auth/passkey/manage.ts";
import type { CursorCodec } from "../../crypto/cursor.ts";
import { type Database, inTransaction } from "../../database/connection.ts";
import type { AuthorityDeps } from "../../role/authority.ts";
import type { RightsHolder } from "../../role/permissions.ts";
import type { listOfUserInput, removePasskeyOfUserInput } from "./schema.ts";
import { findTarget, lockTarget } from "./target.ts";

/** A user's passkeys, the newest first. Throws `NOT_FOUND`, and `INVALID_INPUT` for a foreign cursor. */
export async function listUserPasskeys(
  deps: { readonly db: Database; readonly cursors: CursorCodec },
  { id, ...page }: z.output<typeof listOfUserInput>,
) {
  const { id: userId, public_id: userPublicId } = await findTarget(deps.db, id);
  return await listPasskeys(deps, { userId, userPublicId }, page);
}

/**
 * Removes a passkey of a user, who is told by mail: for one that was lost or stolen, and even if it is the last way in. Throws
 * `NOT_FOUND` and `FORBIDDEN`.
 */
export async function removeUserPasskey(
  deps: RemovePasskeyDeps & AuthorityDeps & { readonly db: Database },
  actor: RightsHolder,
  { id, passkeyId }: z.output<typeof removePasskeyOfUserInput>,
): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const user = await lockTarget(deps, trx, { actor, id });
    await removePasskey(deps, trx, { user, publicId: passkeyId });
  });
}
