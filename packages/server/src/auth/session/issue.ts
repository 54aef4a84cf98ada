import type { z } from "zod";
import { addSeconds, type Clock } from "../../clock.ts";
import type { AccessTokens } from "../../crypto/access-token.ts";
import { formatRefreshToken } from "../../crypto/refresh-token.ts";
import type { sessionTokensSchema } from "./schema.ts";
import type { LiveSession } from "./store.ts";

/** What issuing tokens needs. */
export interface IssueDeps {
  readonly clock: Clock;
  readonly accessTokens: AccessTokens;
}

/** The tokens of a session, as callers get them. */
type SessionTokens = z.output<typeof sessionTokensSchema>;

/** The tokens and what the cookies need besides. No response contains the two extra fields in the body. */
export interface IssuedSession extends SessionTokens {
  readonly issuedAt: Date;
  /** Whether the session outlives the browser. */
  readonly isRemembered: boolean;
}

type IssuableSession = Pick<
  LiveSession,
  "public_id" | "refresh_counter" | "idle_expires_at" | "remembered" | "user_public_id" | "impersonator_id"
>;

/** Issues an access token, and the refresh token of the session's counter. */
export function issueTokens(deps: IssueDeps, session: IssuableSession, refreshKey: Uint8Array): IssuedSession {
  const { public_id: sessionId, refresh_counter: counter, user_public_id: userId } = session;
  const impersonatorId = session.impersonator_id;
  const now = deps.clock.now();
  return {
    id: sessionId,
    accessToken: deps.accessTokens.sign({ userId, sessionId, impersonatorId }, now),
    accessTokenExpiresAt: addSeconds(now, deps.accessTokens.ttlSeconds),
    refreshToken: formatRefreshToken({ sessionId, counter }, refreshKey),
    refreshTokenExpiresAt: session.idle_expires_at,
    issuedAt: now,
    isRemembered: session.remembered,
  };
}
