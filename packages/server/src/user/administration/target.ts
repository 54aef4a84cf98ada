import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { type AuthorityDeps, requireAuthorityOver, rightsOf } from "../../role/authority.ts";
import type { RightsHolder } from "../../role/permissions.ts";
import { lockUserByPublicId, type UserRow } from "../store.ts";
import { findAnyUser, lockDeletedUser } from "./store.ts";

/** Whose account an operator changes. */
export interface Target {
  readonly actor: RightsHolder;
  /** The public id of the account. */
  readonly id: string;
}

/** Reads an account, deleted or not. Throws `NOT_FOUND`. */
export async function findTarget(db: Database, id: string): Promise<UserRow> {
  const found = await findAnyUser(db, id);
  if (found === undefined) throw new GatehouseError("NOT_FOUND");
  return found;
}

/**
 * Locks the account that an operator changes. Throws `NOT_FOUND`, and `FORBIDDEN` if its user may do something that the operator
 * may not.
 */
export async function lockTarget(
  deps: AuthorityDeps,
  trx: DatabaseTransaction,
  { actor, id }: Target,
): Promise<UserRow> {
  return await requireFound(deps, trx, { actor, user: await lockUserByPublicId(trx, id) });
}

/** Like {@link lockTarget}, for a deleted account. */
export async function lockDeletedTarget(
  deps: AuthorityDeps,
  trx: DatabaseTransaction,
  { actor, id }: Target,
): Promise<UserRow> {
  return await requireFound(deps, trx, { actor, user: await lockDeletedUser(trx, id) });
}

interface Found {
  readonly actor: RightsHolder;
  readonly user: UserRow | undefined;
}

async function requireFound(deps: AuthorityDeps, trx: DatabaseTransaction, { actor, user }: Found): Promise<UserRow> {
  if (user === undefined) throw new GatehouseError("NOT_FOUND");
  await requireAuthorityOver(deps, { actor, over: await rightsOf(trx, user), trx });
  return user;
}
