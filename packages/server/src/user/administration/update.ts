import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import type { Principal } from "../../auth/session/actor.ts";
import { type Database, inTransaction } from "../../database/connection.ts";
import { type AuthorityDeps, requireAuthorityOver, rightsOf } from "../../role/authority.ts";
import type { EventDeps } from "../../webhook/publish.ts";
import { updateUser } from "../service.ts";
import { type ManagedUser, toManagedUser } from "./list.ts";
import type { adminUpdateInput } from "./schema.ts";
import { findTarget } from "./target.ts";

interface UpdateDeps extends AuditDeps, AuthorityDeps, EventDeps {
  readonly db: Database;
}

/**
 * Changes the profile of somebody else. The address is not among it: only its holder can prove another. Throws `NOT_FOUND`,
 * `FORBIDDEN` and `USERNAME_TAKEN`.
 */
export async function updateManagedUser(
  deps: UpdateDeps,
  actor: Principal,
  { id, ...changes }: z.output<typeof adminUpdateInput>,
): Promise<ManagedUser> {
  const found = await findTarget(deps.db, id);
  await inTransaction(deps.db, async (trx) =>
    requireAuthorityOver(deps, { actor, over: await rightsOf(trx, found), trx }),
  );
  await updateUser(deps, found.id, changes);
  return toManagedUser(await findTarget(deps.db, id), deps.config);
}
