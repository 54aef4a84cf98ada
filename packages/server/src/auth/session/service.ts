import type { z } from "zod";
import { addSeconds, type Clock, earlier } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { AccessTokens } from "../../crypto/access-token.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import {
  formatRefreshToken,
  matchesRefreshToken,
  parseRefreshToken,
  type RefreshTokenClaims,
  refreshKeyBytes,
} from "../../crypto/refresh-token.ts";
import { digestSecret, matchesDigest } from "../../crypto/secret-digest.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { Logger } from "../../logging/logger.ts";
import { proofOf } from "./proof.ts";
import type { RefreshKeys } from "./refresh-keys.ts";
import type { currentSessionSchema, sessionTokensSchema } from "./schema.ts";
import {
  findLiveSession,
  insertSession,
  type LiveSession,
  type RefreshableSession,
  rotateSession,
  type SessionRow,
} from "./store.ts";

export { attachDevice } from "./store.ts";

/** What sessions need. */
export interface SessionDeps {
  readonly config: Pick<Config, "sessions" | "refreshGraceSeconds" | "stepUpMaxAgeSeconds">;
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly keyRing: KeyRing;
  readonly accessTokens: AccessTokens;
  readonly refreshKeys: RefreshKeys;
  readonly log: Logger;
}

/** The tokens of a session, as callers get them. */
type SessionTokens = z.output<typeof sessionTokensSchema>;

/** The same with what a cookie must know besides; no answer holds it. */
export interface IssuedSession extends SessionTokens {
  readonly issuedAt: Date;
  /** Whether it outlives the browser. */
  readonly isRemembered: boolean;
}

/** Who signed in, how, and from where. */
export interface NewSession {
  readonly user: { readonly id: string; readonly publicId: string };
  readonly deviceId: string | null;
  readonly remembered: boolean;
  /** RFC 8176 names, such as `pwd`. */
  readonly methods: readonly string[];
  readonly ip: string;
  readonly userAgent: string | null;
}

/** Starts a session and issues its first tokens. The user must be locked as active in the transaction. */
export async function startSession(
  deps: SessionDeps,
  trx: DatabaseTransaction,
  session: NewSession,
): Promise<IssuedSession> {
  const now = deps.clock.now();
  const publicId = deps.random.uuid();
  const key = deps.random.bytes(refreshKeyBytes);
  const lifetime = lifetimeOf(deps, session.remembered);
  const expiresAt = addSeconds(now, lifetime.ttlSeconds);
  const row = await insertSession(trx, {
    public_id: publicId,
    user_id: session.user.id,
    device_id: session.deviceId,
    refresh_key: deps.keyRing.seal(key, refreshKeyContext(publicId)),
    refresh_counter: 0,
    rotated_at: now,
    remembered: session.remembered,
    methods: [...session.methods],
    ip: session.ip,
    user_agent: session.userAgent,
    created_at: now,
    last_seen_at: now,
    idle_expires_at: earlier(addSeconds(now, lifetime.idleSeconds), expiresAt),
    expires_at: expiresAt,
  });
  deps.refreshKeys.set(publicId, key);
  return await issueTokens(deps, { ...row, user_public_id: session.user.publicId }, key);
}

/** Ends a session, with all that follows from its end. */
type EndSession = (session: {
  readonly id: string;
  readonly publicId: string;
  readonly userId: string;
}) => Promise<void>;

/** What a refresh is asked for with. */
export interface RefreshAttempt {
  readonly refreshToken: string;
  /** Random text that the client keeps until it has the answer, and sends again when it asks again; `undefined` if it sends none. */
  readonly attemptKey: string | undefined;
}

/**
 * Exchanges a refresh token for its successor (RFC 9700, 4.14.2). The current token rotates the session. The one before it
 * gets the same successor again: at any time with the attempt key of that rotation, and with another or none within the
 * grace time after it. Otherwise, as with an older one, it was copied or replayed: the session ends.
 *
 * Throws `REFRESH_TOKEN_INVALID`, and `REFRESH_TOKEN_REUSED` when it ended the session.
 */
export async function refreshSession(
  deps: SessionDeps,
  attempt: RefreshAttempt,
  end: EndSession,
): Promise<IssuedSession> {
  const presentedAt = deps.clock.now();
  const presented = await present(deps, attempt);
  if (presented === undefined) throw new GatehouseError("REFRESH_TOKEN_INVALID");
  const { session, key, counter } = presented;
  if (counter === session.refresh_counter) return await issueTokens(deps, await moveOn(deps, presented), key);
  const replaced = { counter, attemptKey: attempt.attemptKey, presentedAt };
  if (!maySucceedAgain(deps, session, replaced)) await endReusedSession(deps, session, end);
  return await issueTokens(deps, session, key);
}

/** A live session, by a refresh token of its own. */
interface ProvenSession {
  readonly session: LiveSession;
  readonly key: Uint8Array;
  /** Of the token, which may have been replaced since. */
  readonly counter: number;
}

/**
 * The live session that a genuine refresh token belongs to, whether or not the token was replaced since. What is no token,
 * or of no session, costs a look-up and a MAC as a forgery does: the time says as little of what was wrong as the answer.
 */
export async function findByRefreshToken(
  deps: Pick<SessionDeps, "db" | "clock" | "random" | "keyRing" | "refreshKeys">,
  refreshToken: string,
): Promise<ProvenSession | undefined> {
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

/** A genuine token, the session as it was when the token came, and as it is if this call rotated it. */
interface PresentedToken extends Omit<ProvenSession, "session"> {
  readonly session: RefreshableSession;
  readonly rotated: RefreshableSession | undefined;
}

/**
 * Proves the token, and rotates its session if the token is current: in one statement where the session's key is known, and
 * after looking the session up where it is not. `undefined` for what is no token of a live session.
 */
async function present(
  deps: SessionDeps,
  { refreshToken, attemptKey }: RefreshAttempt,
): Promise<PresentedToken | undefined> {
  const claims = parseRefreshToken(refreshToken);
  const key = claims && deps.refreshKeys.get(claims.sessionId);
  if (claims !== undefined && key !== undefined && matchesRefreshToken(claims, key, refreshToken)) {
    const found = await rotateSession(deps.db, rotationOf(deps, claims, attemptKey));
    return found && { ...found, key, counter: claims.counter };
  }
  const proven = await findByRefreshToken(deps, refreshToken);
  if (proven === undefined) return undefined;
  if (proven.counter !== proven.session.refresh_counter) return { ...proven, rotated: undefined };
  const proved = { sessionId: proven.session.public_id, counter: proven.counter };
  const rotation = rotationOf(deps, proved, attemptKey);
  return { ...proven, rotated: (await rotateSession(deps.db, rotation))?.rotated };
}

function rotationOf(
  { clock, config }: SessionDeps,
  { sessionId, counter }: RefreshTokenClaims,
  attemptKey: string | undefined,
) {
  const now = clock.now();
  const attemptDigest = attemptKey === undefined ? null : digestSecret(attemptKey);
  const idleEnd = ({ idleSeconds }: { readonly idleSeconds: number }) => addSeconds(now, idleSeconds);
  const { remembered, short } = config.sessions;
  const ends = { remembered: idleEnd(remembered), short: idleEnd(short) };
  return { publicId: sessionId, counter, attemptDigest, now, idleEnd: ends };
}

/**
 * The session at the counter after this one, whoever moved it there. The token was current when it was presented: however
 * far others have rotated since, that is no reuse.
 */
async function moveOn(deps: SessionDeps, { session, rotated }: PresentedToken): Promise<RefreshableSession> {
  if (rotated !== undefined) return rotated;
  const moved = await findLiveSession(deps.db, session.public_id, deps.clock.now());
  if (moved === undefined) throw new GatehouseError("REFRESH_TOKEN_INVALID");
  return { ...moved, refresh_counter: session.refresh_counter + 1 };
}

interface ReplacedToken extends Pick<RefreshAttempt, "attemptKey"> {
  readonly counter: number;
  readonly presentedAt: Date;
}

/**
 * Whether a token that was replaced gets its successor again. The attempt key of its rotation proves that the caller is the
 * one who asked then. Callers without it have the grace time, which two tabs without a common storage need. It is judged by
 * when the token came, not by when the database got to it.
 */
function maySucceedAgain(
  { config }: SessionDeps,
  { refresh_counter, attempt_digest, rotated_at }: RefreshableSession,
  { counter, attemptKey, presentedAt }: ReplacedToken,
): boolean {
  if (counter !== refresh_counter - 1) return false;
  const isSameAttempt =
    attemptKey !== undefined && attempt_digest !== null && matchesDigest(attemptKey, attempt_digest);
  return isSameAttempt || presentedAt <= addSeconds(rotated_at, config.refreshGraceSeconds);
}

async function endReusedSession(deps: SessionDeps, session: RefreshableSession, end: EndSession): Promise<never> {
  await end({ id: session.id, publicId: session.public_id, userId: session.user_id });
  deps.log.warn(
    { sessionId: session.public_id, userId: session.user_public_id },
    "refresh token reused, session ended",
  );
  throw new GatehouseError("REFRESH_TOKEN_REUSED");
}

/** The session as its user sees it. */
export function toCurrentSession(
  deps: Pick<SessionDeps, "config">,
  session: SessionRow,
): z.output<typeof currentSessionSchema> {
  const { public_id: id, created_at: createdAt, methods, idle_expires_at, expires_at } = session;
  return { id, createdAt, expiresAt: earlier(idle_expires_at, expires_at), methods, ...proofOf(deps, session) };
}

type IssuableSession = Pick<SessionRow, "public_id" | "refresh_counter" | "idle_expires_at" | "remembered"> & {
  readonly user_public_id: string;
};

async function issueTokens(deps: SessionDeps, session: IssuableSession, key: Uint8Array): Promise<IssuedSession> {
  const { public_id: sessionId, refresh_counter: counter, user_public_id: userId } = session;
  const now = deps.clock.now();
  return {
    id: sessionId,
    accessToken: await deps.accessTokens.sign({ userId, sessionId }, now),
    accessTokenExpiresAt: addSeconds(now, deps.accessTokens.ttlSeconds),
    refreshToken: formatRefreshToken({ sessionId, counter }, key),
    refreshTokenExpiresAt: session.idle_expires_at,
    issuedAt: now,
    isRemembered: session.remembered,
  };
}

function lifetimeOf(deps: Pick<SessionDeps, "config">, remembered: boolean) {
  return remembered ? deps.config.sessions.remembered : deps.config.sessions.short;
}

/** What the seal of a session's key belongs to. */
export const refreshKeyContext = (sessionId: string) => `session:${sessionId}`;
