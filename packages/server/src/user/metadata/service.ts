import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { type UpdateDeps, updateUser } from "../profile.ts";
import { findUser } from "../store.ts";
import type { Metadata } from "./schema.ts";

/** The private metadata of a user, by the internal id, as `ctx.actor.userId` has it. Throws `NOT_FOUND` if there is no user. */
export async function getPrivateMetadata({ db }: { readonly db: Database }, userId: string): Promise<Metadata> {
  const user = await findUser(db, userId);
  if (user === undefined) throw new GatehouseError("NOT_FOUND");
  return user.private_metadata ?? {};
}

/**
 * Replaces the private metadata of a user, for the app's own code: users never see it. Records `user.updated` if it changes.
 * Throws `INVALID_INPUT`, and `NOT_FOUND` if there is no user of this internal id.
 */
export async function setPrivateMetadata(deps: UpdateDeps, userId: string, given: Metadata): Promise<void> {
  await updateUser(deps, userId, { privateMetadata: given });
}
