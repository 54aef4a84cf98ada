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
  throw lacking(permission);
}

interface FurtherPermissions {
  readonly actor: RightsHolder;
  readonly permissions: readonly string[];
  /** The transaction, if the call is in one. */
  readonly trx?: DatabaseTransaction;
}

/**
 * Requires permissions besides that of the procedure, where the input decides which: of the caller's roles, and of the scopes of
 * the API key that calls. Throws `FORBIDDEN` and `INSUFFICIENT_SCOPE`.
 */
export async function requireFurther(
  { rolePermissions }: AuthorityDeps,
  { actor, permissions, trx }: FurtherPermissions,
): Promise<void> {
  const own = await rolePermissions.of(actor, trx);
  const missing = permissions.find((permission) => !own.has(permission));
  if (missing !== undefined) throw lacking(missing);
  const outside = permissions.find((permission) => actor.apiKey?.scopes.includes(permission) === false);
  if (outside === undefined) return;
  const detail = `The API key does not have the scope "${outside}".`;
  throw new GatehouseError("INSUFFICIENT_SCOPE", { detail, requiredScope: outside });
}

function lacking(permission: string): GatehouseError {
  return new GatehouseError("FORBIDDEN", { detail: `None of your roles has the permission "${permission}".` });
}

interface Authority {
  readonly actor: RightsHolder;
  /** The rights of the user whom the caller acts on, or the rights that the caller gives or takes. */
  readonly over: RightsHolder;
  /** The transaction that acts. */
  readonly trx: DatabaseTransaction;
}

/**
 * Throws `FORBIDDEN` if somebody with these roles and groups may do something that the caller may not. Otherwise
 * somebody who may manage users, but not do everything, could take over an administrator's account, or become an administrator.
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

interface Gift {
  readonly actor: RightsHolder;
  /** Default: none. */
  readonly roles?: readonly string[];
  /** Default: none. */
  readonly permissions?: readonly string[];
  /** The transaction, if the call is in one. */
  readonly trx?: DatabaseTransaction;
}

/**
 * Throws `FORBIDDEN` if the caller gives or takes a permission that is not theirs, by itself or in a role. An API key gives only
 * its scopes: otherwise one that may give roles would give all that its owner may do, to somebody who keeps it.
 */
export async function requireOwn(
  { rolePermissions }: AuthorityDeps,
  { actor, roles = [], permissions = [], trx }: Gift,
): Promise<void> {
  const everybodys = await rolePermissions.of({ roles: [], groupIds: [] }, trx);
  const own = await rolePermissions.of(actor, trx);
  const givable = actor.apiKey === undefined ? own : own.within(actor.apiKey.scopes, everybodys);
  const carried = await rolePermissions.of({ roles, groupIds: [] }, trx);
  if (givable.covers(carried) && givable.covers(new PermissionSet(permissions))) return;
  const detail =
    actor.apiKey === undefined
      ? "You can give and take only permissions that you have."
      : "An API key can give and take only permissions that are among its scopes.";
  throw new GatehouseError("FORBIDDEN", { detail });
}
