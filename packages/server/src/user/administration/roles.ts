import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { Database } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import { type AuthorityDeps, requireAuthorityOver, requireOwn, rightsOf } from "../../role/authority.ts";
import type { RightsHolder } from "../../role/permissions.ts";
import { rolesToGive } from "../../role/service.ts";
import type { EventDeps } from "../../webhook/publish.ts";
import { isAnonymous } from "../anonymous.ts";
import { keepLastAdmin, publishChange, toUser, type User } from "../service.ts";
import { changeUser, lockUserByPublicId } from "../store.ts";
import type { setRolesInput } from "./schema.ts";

/** What giving roles needs. */
interface SetRolesDeps extends AuditDeps, AuthorityDeps, EventDeps {
  readonly db: Database;
}

/**
 * Replaces the roles of a user, at once on every instance. Throws `NOT_FOUND`, `INVALID_INPUT` for a role that does not exist,
 * `FORBIDDEN` if the old or the new roles allow more than the caller may do, or roles that are added more than the scopes of the
 * caller's API key, `ANONYMOUS_ACCOUNT` and `LAST_ADMIN`.
 */
export async function setRoles(
  deps: SetRolesDeps,
  actor: RightsHolder,
  { id, roles }: z.output<typeof setRolesInput>,
): Promise<User> {
  return await changeRoles(deps, actor, { id, given: roles, after: (_before, given) => given });
}

/** A role, and the public id of the user who gets or loses it. */
interface OneRole {
  readonly id: string;
  readonly role: string;
}

/** Gives a user one more role, or nothing to one who has it. Throws what {@link setRoles} throws. */
export async function grantRole(deps: SetRolesDeps, actor: RightsHolder, { id, role }: OneRole): Promise<User> {
  const after: After = (before, given) => [...new Set([...before, ...given])].toSorted();
  return await changeRoles(deps, actor, { id, given: [role], after });
}

/** Takes one role from a user, or nothing from one who does not have it. Throws what {@link setRoles} throws. */
export async function revokeRole(deps: SetRolesDeps, actor: RightsHolder, { id, role }: OneRole): Promise<User> {
  return await changeRoles(deps, actor, { id, given: [], after: (before) => before.filter((each) => each !== role) });
}

/** Returns the roles after the change. */
type After = (before: readonly string[], given: readonly string[]) => readonly string[];

interface RolesChange {
  readonly id: string;
  /** The roles that must exist. */
  readonly given: readonly string[];
  readonly after: After;
}

async function changeRoles(
  deps: SetRolesDeps,
  actor: RightsHolder,
  { id, given: wanted, after: rolesAfter }: RolesChange,
): Promise<User> {
  return await keepLastAdmin(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const given = await rolesToGive(trx, wanted);
      const before = await lockUserByPublicId(trx, id);
      if (before === undefined) throw new GatehouseError("NOT_FOUND");
      const rights = await rightsOf(trx, before);
      const over = { ...rights, roles: [...rights.roles, ...given] };
      await requireAuthorityOver(deps, { actor, over, trx });
      await requireOwn(deps, { actor, roles: given.filter((role) => !before.roles.includes(role)), trx });
      // Nobody could sign in again to the roles of an anonymous account, which might be those of the last administrator.
      if (given.length > 0 && isAnonymous(before)) throw new GatehouseError("ANONYMOUS_ACCOUNT");
      const roles = [...rolesAfter(before.roles, given)];
      if (isDeepStrictEqual(roles, before.roles)) return toUser(before, deps.config);
      const after = await changeUser(trx, before.id, { roles, updated_at: deps.clock.now() });
      if (after === undefined) throw new GatehouseError("NOT_FOUND");
      const changes = { roles: { from: before.roles, to: after.roles } };
      await recordEvent(deps, trx, { action: "user.roles_changed", kind: "user", targetId: id, changes });
      await publishChange(deps, trx, { before, after });
      return toUser(after, deps.config);
    }),
  );
}
