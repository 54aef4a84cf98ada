import { addSeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { matchesRefreshToken, parseRefreshToken, type RefreshTokenClaims } from "../../crypto/refresh-token.ts";
import { digestSecret, matchesDigest } from "../../crypto/secret-digest.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import type { Logger } from "../../logging/logger.ts";
import { findUser } from "../../user/store.ts";
import { type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import { type EndSessionDeps, endSessions } from "./end.ts";
import { type IssueDeps, type IssuedSession, issueTokens } from "./issue.ts";
import { findLiveSession, type RefreshableSession, rotateSession } from "./store.ts";
import { type VerifyRefreshTokenDeps, verifyRefreshToken } from "./verify-refresh-token.ts";

/** What a refresh needs. */
export type RefreshDeps = VerifyRefreshTokenDeps &
  IssueDeps &
  EndSessionDeps &
  NoticeDeps & {
    readonly config: Pick<Config, "sessions" | "refreshGraceSeconds">;
    readonly log: Logger;
  };

/** The input of a refresh. */
interface RefreshRequest {
  readonly refreshToken: string;
  /** Random text that the client keeps until it has the response, and sends again when it retries; `undefined` if it sends none. */
  readonly attemptKey: string | undefined;
}

/**
 * Exchanges a refresh token for its successor (RFC 9700, 4.14.2). The current token rotates the session. The token before it
 * gets the same successor again: at any time with the attempt key of that rotation, and with another key or none within the
 * grace time after it. Any other replaced token was copied or replayed: the session ends, and its user is told by mail.
 *
 * Throws `REFRESH_TOKEN_INVALID`, and `REFRESH_TOKEN_REUSED` when it ended the session.
 */
export async function refreshSession(deps: RefreshDeps, request: RefreshRequest): Promise<IssuedSession> {
  const presentedAt = deps.clock.now();
  const presented = await verifyAndRotate(deps, request);
  if (presented === undefined) throw new GatehouseError("REFRESH_TOKEN_INVALID");
  const { session, key, counter } = presented;
  if (counter === session.refresh_counter) return issueTokens(deps, await findRotated(deps, presented), key);
  const replaced = { counter, attemptKey: request.attemptKey, presentedAt };
  if (!isRetry(deps, session, replaced)) await endReusedSession(deps, session);
  return issueTokens(deps, session, key);
}

/** A genuine token with its session as it was before this call, and as this call rotated it. */
interface PresentedToken {
  readonly session: RefreshableSession;
  readonly key: Uint8Array;
  readonly counter: number;
  /** `undefined` if this call did not rotate the session. */
  readonly rotated: RefreshableSession | undefined;
}

/**
 * Verifies the token, and rotates its session if the token is current: in one statement if this process knows the session's
 * key, otherwise after reading the session. Returns `undefined` for anything but a token of a live session.
 */
async function verifyAndRotate(
  deps: RefreshDeps,
  { refreshToken, attemptKey }: RefreshRequest,
): Promise<PresentedToken | undefined> {
  const claims = parseRefreshToken(refreshToken);
  const key = claims && deps.refreshKeys.get(claims.sessionId);
  if (claims !== undefined && key !== undefined && matchesRefreshToken(claims, key, refreshToken)) {
    const found = await rotateSession(deps.db, rotationOf(deps, claims, attemptKey));
    return found && { ...found, key, counter: claims.counter };
  }
  const verified = await verifyRefreshToken(deps, refreshToken);
  if (verified === undefined) return undefined;
  const { session, counter } = verified;
  if (counter !== session.refresh_counter) return { ...verified, rotated: undefined };
  const rotation = rotationOf(deps, { sessionId: session.public_id, counter }, attemptKey);
  return { ...verified, rotated: (await rotateSession(deps.db, rotation))?.rotated };
}

function rotationOf(
  { clock, config }: RefreshDeps,
  { sessionId, counter }: RefreshTokenClaims,
  attemptKey: string | undefined,
) {
  const now = clock.now();
  const attemptDigest = attemptKey === undefined ? null : digestSecret(attemptKey);
  const { remembered, short } = config.sessions;
  const idleEnd = {
    remembered: addSeconds(now, remembered.idleSeconds),
    short: addSeconds(now, short.idleSeconds),
  };
  return { publicId: sessionId, counter, attemptDigest, now, idleEnd };
}

/**
 * The session at the counter after the presented token's, whichever call rotated it. The token was current when it was
 * presented: further rotations by other calls do not make that a reuse.
 */
async function findRotated(deps: RefreshDeps, { session, rotated }: PresentedToken): Promise<RefreshableSession> {
  if (rotated !== undefined) return rotated;
  const current = await findLiveSession(deps.db, session.public_id, deps.clock.now());
  if (current === undefined) throw new GatehouseError("REFRESH_TOKEN_INVALID");
  return { ...current, refresh_counter: session.refresh_counter + 1 };
}

interface ReplacedToken extends Pick<RefreshRequest, "attemptKey"> {
  readonly counter: number;
  readonly presentedAt: Date;
}

/**
 * Whether the client of the last rotation may be repeating it. The attempt key of that rotation proves it at any time. Any
 * other call counts as a repetition within the grace time, which two tabs without shared storage need. That time ends at the
 * arrival of the token: a slow database does not shorten it.
 */
function isRetry(
  { config }: Pick<RefreshDeps, "config">,
  { refresh_counter, attempt_digest, rotated_at }: RefreshableSession,
  { counter, attemptKey, presentedAt }: ReplacedToken,
): boolean {
  if (counter !== refresh_counter - 1) return false;
  const isSameAttempt =
    attemptKey !== undefined && attempt_digest !== null && matchesDigest(attemptKey, attempt_digest);
  return isSameAttempt || presentedAt <= addSeconds(rotated_at, config.refreshGraceSeconds);
}

async function endReusedSession(deps: RefreshDeps, session: RefreshableSession): Promise<never> {
  const { id, public_id: publicId, user_id: userId } = session;
  await inRetriedTransaction(deps.db, async (trx) => {
    await endSessions(deps, trx, { userId, reason: "refresh_token_reused", only: id, requestedId: publicId });
    const user = await findUser(trx, userId);
    if (user !== undefined)
      await sendSecurityNotice(deps, trx, { user, notice: { template: "token-reused", at: deps.clock.now() } });
  });
  deps.log.warn({ sessionId: publicId, userId: session.user_public_id }, "refresh token reused, session ended");
  throw new GatehouseError("REFRESH_TOKEN_REUSED");
}
