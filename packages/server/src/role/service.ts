import type { z } from "zod";
import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import type { CursorCodec } from "../crypto/cursor.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../database/connection.ts";
import { violatedUniqueConstraint } from "../database/constraint.ts";
import { GatehouseError } from "../errors.ts";
import { isRoleCarried } from "../group/store.ts";
import { readPage } from "../list-page.ts";
import { isRoleHeld } from "../user/store.ts";
import { type AuthorityDeps, requireOwn } from "./authority.ts";
import { adminRole, everyonesRole, type RightsHolder } from "./permissions.ts";
import type { createRoleInput, listRolesInput, listRolesOutput, roleSchema, updateRoleInput } from "./schema.ts";
import { changeRole, deleteRole, insertRole, listRolePage, lockRole, lockRoleNames, type RoleRow } from "./store.ts";

/** What roles need. */
export interface RoleDeps extends AuditDeps, AuthorityDeps {
  readonly db: Database;
  readonly cursors: CursorCodec;
  /** The permissions that procedures require, sorted. */
  readonly permissions: readonly string[];
}

type Role = z.output<typeof roleSchema>;

/** Lists the roles, the newest first. Throws `INVALID_INPUT` for a cursor of another list. */
export async function listRoles(
  deps: Pick<RoleDeps, "db" | "cursors">,
  page: z.output<typeof listRolesInput>,
): Promise<z.output<typeof listRolesOutput>> {
  const { rows, nextCursor } = await readPage(deps, { list: "roles", ...page }, (bounds) =>
    listRolePage(deps.db, bounds),
  );
  return { items: rows.map(toRole), nextCursor };
}

/**
 * Creates a role. Throws `INVALID_INPUT` for a permission that no procedure requires, `FORBIDDEN` for one that the caller does
 * not have, and `ROLE_EXISTS`.
 */
export async function createRole(
  deps: RoleDeps,
  actor: RightsHolder,
  input: z.output<typeof createRoleInput>,
): Promise<Role> {
  const permissions = await permissionsToGive(deps, actor, input.permissions);
  const now = deps.clock.now();
  const { name, description } = input;
  try {
    return await inTransaction(deps.db, async (trx) => {
      const values = { name, description, permissions, created_at: now, updated_at: now };
      const role = await insertRole(trx, values);
      deps.rolePermissions.markChanged();
      const changes = { permissions: { from: [], to: permissions } };
      await recordEvent(deps, trx, { action: "role.created", kind: "role", targetId: name, changes });
      return toRole(role);
    });
  } catch (cause) {
    if (violatedUniqueConstraint(cause) === "role_name_key") throw new GatehouseError("ROLE_EXISTS", { cause });
    throw cause;
  }
}

/**
 * Changes a role, and with it what its users may do, at once on every instance. Throws `NOT_FOUND`, `ROLE_FIXED` for the role
 * `admin`, `INVALID_INPUT` and `FORBIDDEN` like {@link createRole}; `FORBIDDEN` also if the role has permissions that the caller
 * does not have.
 */
export async function updateRole(
  deps: RoleDeps,
  actor: RightsHolder,
  { name, description, permissions }: z.output<typeof updateRoleInput>,
): Promise<Role> {
  const given = permissions && (await permissionsToGive(deps, actor, permissions));
  return await inTransaction(deps.db, async (trx) => {
    const before = await lockChangeable(deps, trx, { actor, name });
    const role = await changeRole(trx, before.id, {
      ...(description === undefined ? {} : { description }),
      ...(given === undefined ? {} : { permissions: given }),
      updated_at: deps.clock.now(),
    });
    deps.rolePermissions.markChanged();
    const changes = {
      description: { from: before.description, to: role.description },
      permissions: { from: before.permissions, to: role.permissions },
    };
    await recordEvent(deps, trx, { action: "role.updated", kind: "role", targetId: name, changes });
    return toRole(role);
  });
}

/**
 * Deletes a role that nobody holds and no group carries. Throws `NOT_FOUND`, `ROLE_FIXED` for Gatehouse's own roles, `ROLE_IN_USE`, and `FORBIDDEN`
 * if it has permissions that the caller does not have.
 */
export async function removeRole(deps: RoleDeps, actor: RightsHolder, name: string): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    // Before it looks who holds the role: a call that gives the role locks it too.
    const role = await lockChangeable(deps, trx, { actor, name });
    if (ownRoles.includes(name)) throw new GatehouseError("ROLE_FIXED");
    if ((await isRoleHeld(trx, name)) || (await isRoleCarried(trx, name))) throw new GatehouseError("ROLE_IN_USE");
    await deleteRole(trx, role.id);
    deps.rolePermissions.markChanged();
    await recordEvent(deps, trx, { action: "role.deleted", kind: "role", targetId: name });
  });
}

const ownRoles: readonly string[] = [adminRole, "support", everyonesRole];

/**
 * Returns the roles without repetitions, and locks them until they are given. Throws `INVALID_INPUT` for a role that does not
 * exist, and for `user`, which every account has.
 */
export async function rolesToGive(trx: DatabaseTransaction, roles: readonly string[]): Promise<string[]> {
  const wanted = [...new Set(roles)];
  const known = new Set(await lockRoleNames(trx, wanted));
  const errors = roles.flatMap((role, index) => {
    if (role === everyonesRole) return [{ path: `roles.${index}`, message: "Every account has this role" }];
    return known.has(role) ? [] : [{ path: `roles.${index}`, message: "There is no such role" }];
  });
  if (errors.length > 0) throw new GatehouseError("INVALID_INPUT", { errors });
  return wanted.toSorted();
}

async function lockChangeable(
  deps: AuthorityDeps,
  trx: DatabaseTransaction,
  { actor, name }: { readonly actor: RightsHolder; readonly name: string },
): Promise<RoleRow> {
  const role = await lockRole(trx, name);
  if (role === undefined) throw new GatehouseError("NOT_FOUND");
  if (name === adminRole) throw new GatehouseError("ROLE_FIXED");
  await requireOwn(deps, { actor, permissions: role.permissions, trx });
  return role;
}

async function permissionsToGive(
  deps: Pick<RoleDeps, "permissions" | "rolePermissions">,
  actor: RightsHolder,
  asked: readonly string[],
): Promise<string[]> {
  const message = "No operation of this server requires this permission";
  const errors = asked.flatMap((permission, index) =>
    deps.permissions.includes(permission) ? [] : [{ path: `permissions.${index}`, message }],
  );
  if (errors.length > 0) throw new GatehouseError("INVALID_INPUT", { errors });
  await requireOwn(deps, { actor, permissions: asked });
  return [...new Set(asked)].toSorted();
}

function toRole(row: RoleRow): Role {
  const { name, description, permissions, created_at: createdAt, updated_at: updatedAt } = row;
  return { name, description, permissions, createdAt, updatedAt };
}
