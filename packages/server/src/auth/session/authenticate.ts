import { addSeconds, type Clock, earlier, isSameDay } from "../../clock.ts";
import type { AccessTokens } from "../../crypto/access-token.ts";
import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { Actor } from "./actor.ts";
import type { ActorCache } from "./actor-cache.ts";
import type { SessionChangeTracker } from "./change-tracker.ts";
import { findLiveSession, type LiveSession, type SessionRow, updateLastSeen } from "./store.ts";

interface ActorDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly accessTokens: AccessTokens;
  readonly actorCache: ActorCache;
  readonly sessionChanges: SessionChangeTracker;
}

/**
 * Returns the actor of an access token. The first call with a token verifies it and reads the session; later calls do so only
 * if the session may have changed. Throws `ACCESS_TOKEN_INVALID`.
 */
export async function authenticate(deps: ActorDeps, accessToken: string): Promise<Actor> {
  const now = deps.clock.now();
  const cached = deps.actorCache.get(accessToken, now);
  if (cached !== undefined && !deps.sessionChanges.isStale(cached.session.public_id, cached.readAt)) return cached;
  const readAt = deps.sessionChanges.monotonicNow();
  const claims = await deps.accessTokens.verify(accessToken, now);
  const session = claims && (await findLiveSession(deps.db, claims.sessionId, now));
  if (claims === undefined || session === undefined || session.user_public_id !== claims.userId) {
    deps.actorCache.delete(accessToken);
    throw new GatehouseError("ACCESS_TOKEN_INVALID");
  }
  const actor = toActor(session, readAt);
  const expiresAt = earlier(claims.expiresAt, earlier(session.idle_expires_at, session.expires_at));
  deps.actorCache.set(accessToken, actor, { expiresAt, keyId: claims.keyId });
  return actor;
}

/**
 * Reads the actor's session as it is now: a step-up at another instance does not make this one read the session again.
 * Throws `ACCESS_TOKEN_INVALID` if the session has ended.
 */
export async function readSession(
  deps: Pick<ActorDeps, "db" | "clock">,
  { session }: Pick<Actor, "session">,
): Promise<SessionRow> {
  const current = await findLiveSession(deps.db, session.public_id, deps.clock.now());
  if (current === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return current;
}

function toActor(row: LiveSession, readAt: number): Actor {
  const {
    refresh_key,
    refresh_counter,
    attempt_digest,
    rotated_at,
    changed_at,
    user_public_id,
    user_roles,
    user_group_ids,
    ...session
  } = row;
  return {
    userId: session.user_id,
    userPublicId: user_public_id,
    roles: user_roles,
    groupIds: user_group_ids,
    session,
    readAt,
    activity: { lastSeenAt: session.last_seen_at },
  };
}

/** How stale "last seen" may be, in seconds, before a call writes it again. */
const lastSeenToleranceSeconds = 60;

/**
 * Updates the session's "last seen" after a successful call. Writes at most once a minute, and once more on a new day: a trigger
 * notes from it that the account was active.
 */
export async function touchSession(deps: Pick<ActorDeps, "db" | "clock">, actor: Actor): Promise<void> {
  const { session, activity } = actor;
  const now = deps.clock.now();
  const { lastSeenAt } = activity;
  if (now <= addSeconds(lastSeenAt, lastSeenToleranceSeconds) && isSameDay(now, lastSeenAt)) return;
  await updateLastSeen(deps.db, session.id, now);
  activity.lastSeenAt = now;
}
