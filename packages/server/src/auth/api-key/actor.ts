import { addSeconds, type Clock } from "../../clock.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { Actor, Principal } from "../session/actor.ts";
import { findLiveApiKey, updateLastUsed } from "./store.ts";

interface ActorDeps {
  readonly db: Database;
  readonly clock: Clock;
}

/** A machine that calls with a user's API key. It has no session, so it cannot make calls that need one. */
export interface ApiKeyActor extends Principal {
  /** Whether the user's sign-ins take a second factor. */
  readonly hasSecondFactor: boolean;
  readonly apiKey: {
    readonly id: string;
    readonly publicId: string;
    readonly scopes: readonly string[];
    readonly lastUsedAt: Date | null;
  };
}

/** The actor of a procedure that accepts both; `"session" in actor` distinguishes them. */
export type ScopedActor = Actor | ApiKeyActor;

/**
 * Returns the actor of an API key with the scope. It reads the key and its user from the database at each call, so that a
 * revocation, a disabled or deleted user and a change of roles take effect at once. Throws `ACCESS_TOKEN_INVALID` and
 * `INSUFFICIENT_SCOPE`.
 */
export async function authenticateApiKey(deps: ActorDeps, key: string, scope: string): Promise<ApiKeyActor> {
  const actor = await findActor(deps, key);
  if (actor.apiKey.scopes.includes(scope)) return actor;
  throw new GatehouseError("INSUFFICIENT_SCOPE", {
    detail: `The API key does not have the scope "${scope}".`,
    requiredScope: scope,
  });
}

/** Rejects a key where a session is required. Throws `INSUFFICIENT_SCOPE`, or `ACCESS_TOKEN_INVALID` if it is no live key. */
export async function rejectApiKey(deps: ActorDeps, key: string): Promise<never> {
  await findActor(deps, key);
  throw new GatehouseError("INSUFFICIENT_SCOPE", {
    detail: "No API key may do this, whatever its scopes: it takes a signed-in user.",
  });
}

/** Looks up malformed keys too: their refusal takes as long as that of an unknown key. */
async function findActor({ db, clock }: ActorDeps, key: string): Promise<ApiKeyActor> {
  const found = await findLiveApiKey(db, digestSecret(key), clock.now());
  if (found === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  const { id, public_id: publicId, scopes, last_used_at: lastUsedAt } = found;
  return {
    userId: found.user_id,
    userPublicId: found.user_public_id,
    roles: found.user_roles,
    groupIds: found.user_group_ids,
    hasSecondFactor: found.user_second_factors.length > 0,
    apiKey: { id, publicId, scopes, lastUsedAt },
  };
}

/** How old "last used" may be, in seconds, before a call updates it. */
const lastUsedToleranceSeconds = 60;

/** Updates the key's "last used" after a successful call. Writes at most once a minute. */
export async function touchApiKey({ db, clock }: ActorDeps, { apiKey }: ApiKeyActor): Promise<void> {
  const { id, lastUsedAt } = apiKey;
  const now = clock.now();
  const unlessAfter = addSeconds(now, -lastUsedToleranceSeconds);
  if (lastUsedAt !== null && lastUsedAt >= unlessAfter) return;
  await updateLastUsed(db, { id, now, unlessAfter });
}
