import { addSeconds, type Clock } from "../../clock.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { Actor, Principal } from "../session/actor.ts";
import { findLiveApiKey, touchApiKey } from "./store.ts";

interface ActorDeps {
  readonly db: Database;
  readonly clock: Clock;
}

/** A machine that calls in a user's name. It has no session: what needs one cannot be done with a key. */
export interface ApiKeyActor extends Principal {
  readonly apiKey: {
    readonly id: string;
    readonly publicId: string;
    readonly scopes: readonly string[];
    readonly lastUsedAt: Date | null;
  };
}

/** Who calls what takes both; `"session" in actor` tells the two apart. */
export type ScopedActor = Actor | ApiKeyActor;

/**
 * The actor behind an API key that has the scope. It reads the database at each call, so that a key, or its user, that was
 * revoked, disabled or deleted works nowhere from then on, and a role counts as it is. Throws `ACCESS_TOKEN_INVALID` and
 * `INSUFFICIENT_SCOPE`.
 */
export async function authenticateApiKey(deps: ActorDeps, key: string, scope: string): Promise<ApiKeyActor> {
  const actor = await identify(deps, key);
  if (actor.apiKey.scopes.includes(scope)) return actor;
  throw new GatehouseError("INSUFFICIENT_SCOPE", {
    detail: `The API key does not have the scope "${scope}".`,
    requiredScope: scope,
  });
}

/** Refuses a key where only a session will do. Throws `INSUFFICIENT_SCOPE`, or `ACCESS_TOKEN_INVALID` if the key is none. */
export async function refuseApiKey(deps: ActorDeps, key: string): Promise<never> {
  await identify(deps, key);
  throw new GatehouseError("INSUFFICIENT_SCOPE", {
    detail: "No API key may do this, whatever its scopes: it takes a signed-in user.",
  });
}

/** Looks up whatever it is: one that is malformed is refused as late as one that was never made. */
async function identify({ db, clock }: ActorDeps, key: string): Promise<ApiKeyActor> {
  const found = await findLiveApiKey(db, digestSecret(key), clock.now());
  if (found === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  const { id, public_id: publicId, scopes, last_used_at: lastUsedAt } = found;
  return {
    userId: found.user_id,
    userPublicId: found.user_public_id,
    roles: found.user_roles,
    apiKey: { id, publicId, scopes, lastUsedAt },
  };
}

/** How stale "last used" may be, in seconds, before a call writes it again. */
const lastUsedToleranceSeconds = 60;

/** Notes that a call with the key succeeded; writes at most once a minute. */
export async function noteUse({ db, clock }: ActorDeps, { apiKey }: ApiKeyActor): Promise<void> {
  const { id, lastUsedAt } = apiKey;
  const now = clock.now();
  const unlessAfter = addSeconds(now, -lastUsedToleranceSeconds);
  if (lastUsedAt !== null && lastUsedAt >= unlessAfter) return;
  await touchApiKey(db, { id, now, unlessAfter });
}
