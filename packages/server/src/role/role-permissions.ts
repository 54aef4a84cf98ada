import { changedRolesId, type SessionChangeTracker } from "../auth/session/change-tracker.ts";
import { BoundedMap } from "../bounded-map.ts";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import { listGroupRoles } from "../group/store.ts";
import { everyonesRole, PermissionSet, type RightsHolder } from "./permissions.ts";
import { listRolePermissions } from "./store.ts";

interface RolePermissionsOptions {
  readonly db: Database;
  readonly sessionChanges: Pick<SessionChangeTracker, "monotonicNow" | "isStale" | "markChanged">;
}

interface RememberedRoles {
  readonly permissionsOf: ReadonlyMap<string, readonly string[]>;
  readonly readAt: number;
}

interface RememberedGroup {
  readonly roles: readonly string[];
  readonly readAt: number;
}

/** Groups whose roles a process remembers. */
const maxGroups = 10_000;

/**
 * The permissions of roles, and the roles of groups, as this process remembers them. A change reaches every instance the way that
 * the end of a session does: by a notification, or within a second if that is lost. While an instance cannot know, it reads them
 * at each call.
 */
export class RolePermissions {
  readonly #options: RolePermissionsOptions;
  #remembered: RememberedRoles | undefined;
  readonly #groups = new BoundedMap<string, RememberedGroup>(maxGroups);

  constructor(options: RolePermissionsOptions) {
    this.#options = options;
  }

  /**
   * What somebody with these roles and groups may do; those that do not exist allow nothing. Code in a transaction passes it,
   * since the embedded database has one connection.
   */
  async of({ roles, groupIds }: RightsHolder, trx?: DatabaseTransaction): Promise<PermissionSet> {
    const all = await this.rolesOf({ roles, groupIds }, trx);
    const { permissionsOf } = await this.#readRoles(trx);
    return new PermissionSet(all.flatMap((role) => permissionsOf.get(role) ?? []));
  }

  /** What they allow at this moment, read in the transaction: notifications of a change may still be on their way. */
  async readNow({ roles, groupIds }: RightsHolder, trx: DatabaseTransaction): Promise<PermissionSet> {
    const groups = await listGroupRoles(trx, groupIds);
    const names = new Set([everyonesRole, ...roles, ...groups.flatMap((group) => group.roles)]);
    const rows = await listRolePermissions(trx);
    return new PermissionSet(rows.flatMap(({ name, permissions }) => (names.has(name) ? permissions : [])));
  }

  /** The names of somebody's roles: everybody's, their own, and those that their groups carry. */
  async rolesOf({ roles, groupIds }: RightsHolder, trx?: DatabaseTransaction): Promise<readonly string[]> {
    const carried = groupIds.length === 0 ? [] : await this.#rolesOf(groupIds, trx);
    return [everyonesRole, ...roles, ...carried];
  }

  /** Call it in a transaction that changes roles, of groups too: this process then reads them again. */
  markChanged(): void {
    this.#options.sessionChanges.markChanged([changedRolesId]);
  }

  async #readRoles(trx: DatabaseTransaction | undefined): Promise<RememberedRoles> {
    const remembered = this.#remembered;
    if (remembered !== undefined && this.#isFresh(remembered)) return remembered;
    const readAt = this.#options.sessionChanges.monotonicNow();
    const rows = await listRolePermissions(trx ?? this.#options.db);
    const read = { permissionsOf: new Map(rows.map(({ name, permissions }) => [name, permissions])), readAt };
    // A slower read that began earlier must not replace a newer one, and what a transaction sees may be rolled back.
    if (trx === undefined && (this.#remembered?.readAt ?? readAt) <= readAt) this.#remembered = read;
    return read;
  }

  async #rolesOf(groupIds: readonly string[], trx: DatabaseTransaction | undefined): Promise<readonly string[]> {
    const remembered = groupIds.map((id) => this.#groups.get(id));
    if (remembered.every((group) => group !== undefined && this.#isFresh(group))) {
      return remembered.flatMap((group) => group?.roles ?? []);
    }
    const readAt = this.#options.sessionChanges.monotonicNow();
    const rows = await listGroupRoles(trx ?? this.#options.db, groupIds);
    const rolesOf = new Map(rows.map(({ id, roles }) => [id, roles]));
    if (trx === undefined) {
      for (const id of groupIds) this.#remember(id, { roles: rolesOf.get(id) ?? [], readAt });
    }
    return [...rolesOf.values()].flat();
  }

  #remember(id: string, group: RememberedGroup): void {
    if ((this.#groups.get(id)?.readAt ?? group.readAt) <= group.readAt) this.#groups.set(id, group);
  }

  #isFresh({ readAt }: { readonly readAt: number }): boolean {
    return !this.#options.sessionChanges.isStale(changedRolesId, readAt);
  }
}
