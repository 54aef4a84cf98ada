import type { Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { matchesRefreshToken, parseRefreshToken, refreshKeyBytes } from "../../crypto/refresh-token.ts";
import type { Database } from "../../database/connection.ts";
import type { RefreshKeys } from "./refresh-keys.ts";
import { refreshKeyContext } from "./sealed.ts";
import { findLiveSession, type LiveSession } from "./store.ts";

/** What verifying a refresh token needs. */
export interface VerifyRefreshTokenDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly keyRing: KeyRing;
  readonly refreshKeys: RefreshKeys;
}

/** A genuine refresh token and its live session. */
interface VerifiedRefreshToken {
  readonly session: LiveSession;
  readonly key: Uint8Array;
  /** The token's own counter: the session's, or a lower one if the token was replaced. */
  readonly counter: number;
}

/**
 * Verifies a refresh token, current or replaced, and returns its live session; `undefined` for any other text. A malformed
 * token and one without a session cost a look-up and a MAC, as a forged one does: neither the result nor the time says
 * what was wrong.
 */
export async function verifyRefreshToken(
  deps: VerifyRefreshTokenDeps,
  refreshToken: string,
): Promise<VerifiedRefreshToken | undefined> {
  const claims = parseRefreshToken(refreshToken) ?? { sessionId: deps.random.uuid(), counter: 0 };
  const session = await findLiveSession(deps.db, claims.sessionId, deps.clock.now());
  const key =
    session === undefined
      ? deps.random.bytes(refreshKeyBytes)
      : deps.keyRing.open(session.refresh_key, refreshKeyContext(claims.sessionId));
  const isGenuine = matchesRefreshToken(claims, key, refreshToken);
  if (session === undefined || !isGenuine) return undefined;
  deps.refreshKeys.set(claims.sessionId, key);
  return { session, key, counter: claims.counter };
}
