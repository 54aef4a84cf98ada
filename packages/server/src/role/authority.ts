import type { Principal } from "../auth/session/actor.ts";
import { GatehouseError } from "../errors.ts";
import { PermissionSet } from "./permissions.ts";
import type { RolePermissions } from "./role-permissions.ts";

/** What a decision about permissions needs. */
export interface AuthorityDeps {
  readonly rolePermissions: RolePermissions;
}

/** Throws `FORBIDDEN` unless one of the caller's roles has the permission. */
export async function requirePermission(
  { rolePermissions }: AuthorityDeps,
  actor: Pick<Principal, "roles">,
  permission: string,
): Promise<void> {
  if ((await rolePermissions.of(actor.roles)).has(permission)) return;
  throw new GatehouseError("FORBIDDEN", { detail: `None of your roles has the permission "${permission}".` });
}

/**
 * Throws `FORBIDDEN` if a user with these roles may do something that the caller may not. Whoever may manage users, but less
 * than everything, could otherwise take over an administrator's account, or make themselves one.
 */
export async function requireAuthorityOver(
  { rolePermissions }: AuthorityDeps,
  actor: Pick<Principal, "roles">,
  roles: readonly string[],
): Promise<void> {
  const [own, theirs] = await Promise.all([rolePermissions.of(actor.roles), rolePermissions.of(roles)]);
  if (own.covers(theirs)) return;
  throw new GatehouseError("FORBIDDEN", { detail: "These roles have permissions that you do not have." });
}

/** Throws `FORBIDDEN` if one of the permissions is not the caller's. */
export async function requireOwn(
  { rolePermissions }: AuthorityDeps,
  actor: Pick<Principal, "roles">,
  permissions: readonly string[],
): Promise<void> {
  if ((await rolePermissions.of(actor.roles)).covers(new PermissionSet(permissions))) return;
  throw new GatehouseError("FORBIDDEN", { detail: "You can give only permissions that you have." });
}
