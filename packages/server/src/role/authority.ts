import type { DatabaseTransaction } from "../database/connection.ts";
import { GatehouseError } from "../errors.ts";
import { listGroupIds } from "../group/member-store.ts";
import { PermissionSet, type RightsHolder } from "./permissions.ts";
import type { RolePermissions } from "./role-permissions.ts";

/** What a decision about permissions needs. */
export interface AuthorityDeps {
  readonly rolePermissions: RolePermissions;
}

/** Throws `FORBIDDEN` unless one of the caller's roles, or of those that their groups carry, has the permission. */
export async function requirePermission(
  { rolePermissions }: AuthorityDeps,
  actor: RightsHolder,
  permission: string,
): Promise<void> {
  if ((await rolePermissions.of(actor)).has(permission)) return;
  throw new GatehouseError("FORBIDDEN", { detail: `None of your roles has the permission "${permission}".` });
}

interface Authority {
  readonly actor: RightsHolder;
  /** Whoever the caller acts on, or what they give or take. */
  readonly over: RightsHolder;
  /** The transaction that acts. */
  readonly trx: DatabaseTransaction;
}

/**
 * Throws `FORBIDDEN` if somebody with these roles and groups may do something that the caller may not. Whoever may manage users,
 * but less than everything, could otherwise take over an administrator's account, or make themselves one.
 */
export async function requireAuthorityOver(
  { rolePermissions }: AuthorityDeps,
  { actor, over, trx }: Authority,
): Promise<void> {
  const own = await rolePermissions.of(actor, trx);
  if (own.covers(await rolePermissions.of(over, trx))) return;
  throw new GatehouseError("FORBIDDEN", { detail: "These roles have permissions that you do not have." });
}

/** What gives a stored user permissions: their own roles, and their groups. */
export async function rightsOf(
  trx: DatabaseTransaction,
  user: { readonly id: string; readonly roles: readonly string[] },
): Promise<RightsHolder> {
  return { roles: user.roles, groupIds: await listGroupIds(trx, user.id) };
}

interface OwnPermissions {
  readonly actor: RightsHolder;
  readonly permissions: readonly string[];
  /** The transaction, if the call is in one. */
  readonly trx?: DatabaseTransaction;
}

/** Throws `FORBIDDEN` if one of the permissions is not the caller's. */
export async function requireOwn(
  { rolePermissions }: AuthorityDeps,
  { actor, permissions, trx }: OwnPermissions,
): Promise<void> {
  if ((await rolePermissions.of(actor, trx)).covers(new PermissionSet(permissions))) return;
  throw new GatehouseError("FORBIDDEN", { detail: "You can give only permissions that you have." });
}
