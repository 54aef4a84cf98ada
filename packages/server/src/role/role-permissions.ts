import { changedRolesId, type SessionChangeTracker } from "../auth/session/change-tracker.ts";
import type { Database } from "../database/connection.ts";
import { everyonesRole, PermissionSet } from "./permissions.ts";
import { listRolePermissions } from "./store.ts";

interface RolePermissionsOptions {
  readonly db: Database;
  readonly sessionChanges: Pick<SessionChangeTracker, "monotonicNow" | "isStale" | "markChanged">;
}

interface RememberedRoles {
  readonly permissionsOf: ReadonlyMap<string, readonly string[]>;
  readonly readAt: number;
}

/**
 * The permissions of roles, as this process remembers them. A change reaches every instance the way that the end of a session
 * does: by a notification, or within a second if that is lost. While an instance cannot know, it reads them at each call.
 */
export class RolePermissions {
  readonly #options: RolePermissionsOptions;
  #remembered: RememberedRoles | undefined;

  constructor(options: RolePermissionsOptions) {
    this.#options = options;
  }

  /** What users with these roles may do; roles that do not exist allow nothing. */
  async of(roles: readonly string[]): Promise<PermissionSet> {
    const { permissionsOf } = await this.#read();
    return new PermissionSet([everyonesRole, ...roles].flatMap((role) => permissionsOf.get(role) ?? []));
  }

  /** Call it in a transaction that changes roles: this process then reads them again. */
  markChanged(): void {
    this.#options.sessionChanges.markChanged([changedRolesId]);
  }

  async #read(): Promise<RememberedRoles> {
    const { db, sessionChanges } = this.#options;
    const remembered = this.#remembered;
    if (remembered !== undefined && !sessionChanges.isStale(changedRolesId, remembered.readAt)) return remembered;
    const readAt = sessionChanges.monotonicNow();
    const rows = await listRolePermissions(db);
    const read = { permissionsOf: new Map(rows.map(({ name, permissions }) => [name, permissions])), readAt };
    // A slower read that began earlier must not replace a newer one.
    if ((this.#remembered?.readAt ?? readAt) <= readAt) this.#remembered = read;
    return read;
  }
}
