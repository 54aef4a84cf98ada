import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { Actor } from "../../auth/session/actor.ts";
import { type StartSessionDeps, startSession } from "../../auth/session/start.ts";
import { lockSession } from "../../auth/session/store.ts";
import { addSeconds, earlier } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import { type AuthorityDeps, requireAuthorityOver, rightsOf } from "../../role/authority.ts";
import type { RightsHolder } from "../../role/permissions.ts";
import { type Origin, toUser } from "../service.ts";
import { findUser, lockActiveUser, lockUserByPublicId, type UserRow } from "../store.ts";
import type { impersonateInput, impersonateOutput } from "./schema.ts";
import { lockImpersonationRights } from "./store.ts";

/** What impersonating needs. */
type ImpersonateDeps = AuditDeps &
  AuthorityDeps &
  StartSessionDeps & { readonly db: Database; readonly config: Pick<Config, "publicUrl"> };

/** How long an administrator may act in a user's name, in seconds. */
const maxImpersonationSeconds = 3600;

/** The administrator's call. */
interface ImpersonatingCall {
  readonly actor: Actor;
  readonly origin: Origin;
}

/**
 * Starts a session in a user's name, for at most an hour. It ends with the actor's own session, and when the actor is disabled,
 * deleted or given other roles, or loses the permission by a change of a role or a group; triggers see to that. Throws `NOT_FOUND`,
 * `ACCOUNT_DISABLED` if the user may not sign in, and `FORBIDDEN` for the actor themselves, for administrators and for users who may
 * do more than the actor.
 */
export async function impersonate(
  deps: ImpersonateDeps,
  { actor, origin }: ImpersonatingCall,
  { id, reason }: z.output<typeof impersonateInput>,
): Promise<z.output<typeof impersonateOutput>> {
  return await inRetriedTransaction(deps.db, async (trx) => {
    const impersonator = await lockImpersonator(deps, trx, actor);
    const user = await lockUserByPublicId(trx, id);
    if (user === undefined) throw new GatehouseError("NOT_FOUND");
    await requireInnocuous(deps, trx, { actor: { ...actor, ...impersonator }, user });
    const { id: sessionId, idle_expires_at, expires_at } = actor.session;
    const hour = addSeconds(deps.clock.now(), maxImpersonationSeconds);
    const until = earlier(hour, earlier(idle_expires_at, expires_at));
    const started = await startSession(deps, trx, {
      user: { id: user.id, publicId: user.public_id },
      device: undefined,
      passwordVersion: undefined,
      remembered: false,
      methods: ["impersonation"],
      ip: origin.ip,
      userAgent: origin.userAgent,
      impersonation: { impersonatorId: actor.userPublicId, sessionId, until },
    });
    if (started === undefined) throw new GatehouseError("ACCOUNT_DISABLED");
    const details = { sessionId: started.issued.id, reason: reason ?? null };
    await recordEvent(deps, trx, { action: "user.impersonated", kind: "user", targetId: id, details });
    return { user: toUser(user, deps.config), session: started.issued };
  });
}

/** What a caller must have, and nobody whom they impersonate may have. */
const permission = "user:impersonate";

/**
 * Locks the actor, their session and what gives them the permission. The end of any of them comes before, and is seen, or after,
 * and ends the new session too. Returns the rights that the actor has now.
 */
async function lockImpersonator(deps: AuthorityDeps, trx: DatabaseTransaction, actor: Actor): Promise<RightsHolder> {
  const isActive = (await lockActiveUser(trx, actor.userId)) && (await lockSession(trx, actor.session.id));
  const current = isActive ? await findUser(trx, actor.userId) : undefined;
  if (current === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  await lockImpersonationRights(trx);
  const rights = await rightsOf(trx, current);
  if (!(await deps.rolePermissions.readNow(rights, trx)).has(permission)) throw new GatehouseError("FORBIDDEN");
  return rights;
}

interface Impersonated {
  readonly actor: Actor;
  readonly user: UserRow;
}

async function requireInnocuous(
  deps: AuthorityDeps,
  trx: DatabaseTransaction,
  { actor, user }: Impersonated,
): Promise<void> {
  const over = await rightsOf(trx, user);
  await requireAuthorityOver(deps, { actor, over, trx });
  // Administrators have every permission, by a group too.
  const isBarred = user.id === actor.userId || (await deps.rolePermissions.of(over, trx)).has(permission);
  if (isBarred)
    throw new GatehouseError("FORBIDDEN", { detail: "Neither administrators nor you can be impersonated." });
}
