import type { z } from "zod";
import type { Principal } from "../../auth/session/actor.ts";
import type { AuthorityDeps } from "../../role/authority.ts";
import { changeProfile, type UpdateDeps } from "../profile.ts";
import { getManagedUser } from "./list.ts";
import type { adminUpdateInput, userDetailsSchema } from "./schema.ts";
import { lockTarget } from "./target.ts";

/**
 * Changes the profile of somebody else. The address is not among it: only its holder can prove another. Throws `NOT_FOUND`,
 * `FORBIDDEN`, `USERNAME_TAKEN`, `USERNAME_RESERVED`, and `INVALID_INPUT` for metadata that the app's schema refuses.
 */
export async function updateManagedUser(
  deps: UpdateDeps & AuthorityDeps,
  actor: Principal,
  { id, ...changes }: z.output<typeof adminUpdateInput>,
): Promise<z.output<typeof userDetailsSchema>> {
  await changeProfile(deps, changes, (trx) => lockTarget(deps, trx, { actor, id }));
  return await getManagedUser(deps, id);
}
