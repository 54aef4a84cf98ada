import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { Principal } from "../../auth/session/actor.ts";
import { type Database, inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { type AuthorityDeps, requireAuthorityOver, rightsOf } from "../../role/authority.ts";
import { rolesToGive } from "../../role/service.ts";
import type { EventDeps } from "../../webhook/publish.ts";
import { keepLastAdmin, publishChange, toUser, type User } from "../service.ts";
import { changeUser, lockUserByPublicId } from "../store.ts";
import type { setRolesInput } from "./schema.ts";

/** What giving roles needs. */
interface SetRolesDeps extends AuditDeps, AuthorityDeps, EventDeps {
  readonly db: Database;
}

/**
 * Replaces the roles of a user, at once on every instance. Throws `NOT_FOUND`, `INVALID_INPUT` for a role that does not exist,
 * `FORBIDDEN` if the old or the new roles allow more than the caller may do, and `LAST_ADMIN`.
 */
export async function setRoles(
  deps: SetRolesDeps,
  actor: Principal,
  { id, roles }: z.output<typeof setRolesInput>,
): Promise<User> {
  return await keepLastAdmin(() =>
    inTransaction(deps.db, async (trx) => {
      const given = await rolesToGive(trx, roles);
      const before = await lockUserByPublicId(trx, id);
      if (before === undefined) throw new GatehouseError("NOT_FOUND");
      const rights = await rightsOf(trx, before);
      const over = { ...rights, roles: [...rights.roles, ...given] };
      await requireAuthorityOver(deps, { actor, over, trx });
      const after = await changeUser(trx, before.id, { roles: given, updated_at: deps.clock.now() });
      if (after === undefined) throw new GatehouseError("NOT_FOUND");
      const changes = { roles: { from: before.roles, to: after.roles } };
      await recordEvent(deps, trx, { action: "user.roles_changed", kind: "user", targetId: id, changes });
      await publishChange(deps, trx, { before, after });
      return toUser(after, deps.config);
    }),
  );
}
