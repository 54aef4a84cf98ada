import { isApiKeyKept } from "../../auth/api-key/store.ts";
import type { Principal } from "../../auth/session/actor.ts";
import { findRevocationReason } from "../../auth/session/end-store.ts";
import { type Database, inTransaction } from "../../database/connection.ts";
import { type AuthorityDeps, rightsOf } from "../../role/authority.ts";
import { findAnyUser } from "../administration/store.ts";
import type { BulkOperationRow } from "./store.ts";

/** What each action requires, for one account and for many. */
export const permissionFor: Readonly<Record<BulkOperationRow["action"], string>> = {
  disable: "user:disable",
  enable: "user:disable",
  delete: "user:delete",
};

/** Why an operation stops before its end. */
export type StopReason = NonNullable<BulkOperationRow["stop_reason"]>;

/** Who asked for an operation, as they are now, or why it must stop. */
type Asker = { readonly actor: Principal } | { readonly stopReason: StopReason };

/** What asked for an operation. */
interface Asking {
  readonly operation: Pick<BulkOperationRow, "action" | "session_id">;
  /** The public id of the user. */
  readonly userId: string;
  /** The public id of the API key; `null` if a session asked. */
  readonly apiKeyId: string | null;
}

/**
 * Reads what a call of the user would read now: the account, its rights, and the session or the API key. A session that the user
 * logged out or that expired does not stop the operation, since nobody withdrew it.
 */
export async function findAsker(
  deps: AuthorityDeps & { readonly db: Database },
  { operation, userId, apiKeyId }: Asking,
): Promise<Asker> {
  const user = await findAnyUser(deps.db, userId);
  if (user === undefined || user.status !== "active" || user.deleted_at !== null)
    return { stopReason: "account_ended" };
  if (apiKeyId !== null && !(await isApiKeyKept(deps.db, apiKeyId))) return { stopReason: "api_key_revoked" };
  if (await isWithdrawn(deps.db, operation)) return { stopReason: "session_ended" };
  const rights = await inTransaction(deps.db, (trx) => rightsOf(trx, user));
  const own = await deps.rolePermissions.of(rights);
  if (!own.has("user:bulk") || !own.has(permissionFor[operation.action])) return { stopReason: "permission_lost" };
  return { actor: { userId: user.id, userPublicId: user.public_id, ...rights } };
}

/** Whether somebody ended the session because it must not act any more, as an operator does, or the reuse of its refresh token. */
async function isWithdrawn(db: Database, { session_id }: Asking["operation"]): Promise<boolean> {
  const reason = session_id === null ? undefined : await findRevocationReason(db, session_id);
  return reason !== undefined && reason !== "logout";
}
