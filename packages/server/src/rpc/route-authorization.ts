import type { CallOrigin } from "../audit/call.ts";
import { type ScopedActor, touchApiKey } from "../auth/api-key/actor.ts";
import { touchSession } from "../auth/session/authenticate.ts";
import { findLiveSession } from "../auth/session/store.ts";
import { GatehouseError } from "../errors.ts";
import { requirePermission } from "../role/authority.ts";
import type { Context } from "./context.ts";
import { authenticateScoped } from "./credential.ts";
import { authorize, callOf, logFailure } from "./procedures.ts";

/** A caller whom a route admits. */
interface AdmittedCaller {
  /** The origin of the events that the route records. */
  readonly call: CallOrigin;
  /**
   * Throws `ACCESS_TOKEN_INVALID` once the session or the API key has ended, and `FORBIDDEN` once the permission is gone. An
   * access token that expires meanwhile ends nothing.
   */
  requireStill(): Promise<void>;
}

/**
 * Admits the caller of a route that is no procedure, since its response does not fit into memory, by the rules of
 * `permissionProcedure`. Throws what that throws, except for limits.
 */
export async function admitToRoute(ctx: Context, permission: string): Promise<AdmittedCaller> {
  const actor = await authenticateScoped(ctx, permission);
  await authorize(ctx, { security: "bearer", scope: permission, permission }, actor);
  await logFailure(ctx, "session" in actor ? touchSession(ctx.deps, actor) : touchApiKey(ctx.deps, actor));
  return { call: callOf(ctx, actor), requireStill: () => requireStill(ctx, actor, permission) };
}

async function requireStill(ctx: Context, actor: ScopedActor, permission: string): Promise<void> {
  const current = "session" in actor ? await readRights(ctx, actor) : await authenticateScoped(ctx, permission);
  await requirePermission(ctx.deps, current, permission);
}

async function readRights({ deps }: Context, { session }: Extract<ScopedActor, { readonly session: unknown }>) {
  const live = await findLiveSession(deps.db, session.public_id, deps.clock.now());
  if (live === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return { roles: live.user_roles, groupIds: live.user_group_ids };
}
