import { randomBytes, randomUUID } from "node:crypto";
import type { PoolClient } from "pg";
import type { FloorDependencies } from "./dependencies.ts";
import type { FloorRequest } from "./handler.ts";

const day = 24 * 60 * 60 * 1000;
const idleMillis = 90 * day;
const ttlMillis = 365 * day;

/** Bytes of a session's key as Gatehouse stores it, encrypted; the floor has no use for them. */
const sealedKeyBytes = 61;

const insertSession = {
  name: "insert-session",
  text: `
    insert into session (public_id, user_id, device_id, refresh_key, refresh_counter, rotated_at,
      remembered, methods, ip, user_agent, created_at, last_seen_at, idle_expires_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    returning *`,
};

interface SessionRow {
  readonly public_id: string;
  readonly refresh_counter: number;
  readonly idle_expires_at: Date;
}

/** A session's row together with whose it is. */
export type SessionOfUser = SessionRow & { readonly user_public_id: string };

/** Whoever signs in. */
interface SignedIn {
  readonly id: string;
  readonly public_id: string;
}

/** Starts a session and issues its first tokens. */
export async function startSession(
  { tokens }: FloorDependencies,
  client: PoolClient,
  { user, request }: { readonly user: SignedIn; readonly request: FloorRequest },
) {
  const now = new Date();
  const { rows } = await client.query<SessionRow>({
    ...insertSession,
    values: [
      ...[randomUUID(), user.id, null, randomBytes(sealedKeyBytes), 0, now, true, ["pwd"]],
      ...[request.ip, request.userAgent ?? null, now, now],
      ...[new Date(now.getTime() + idleMillis), new Date(now.getTime() + ttlMillis)],
    ],
  });
  const [session] = rows;
  if (session === undefined) throw new Error("The session was not inserted");
  return await issueTokens(tokens, { ...session, user_public_id: user.public_id }, now);
}

/** When a session that is used now ends unless it is used again. */
export const idleExpiry = (now: Date) => new Date(now.getTime() + idleMillis);

/** The tokens of a session as Gatehouse answers with them. */
export async function issueTokens(tokens: FloorDependencies["tokens"], session: SessionOfUser, now: Date) {
  const claims = { sessionId: session.public_id, counter: session.refresh_counter };
  return {
    id: session.public_id,
    accessToken: await tokens.signAccess({ sessionId: claims.sessionId, userId: session.user_public_id }, now),
    accessTokenExpiresAt: tokens.accessExpiry(now),
    refreshToken: tokens.formatRefresh(claims),
    refreshTokenExpiresAt: session.idle_expires_at,
  };
}
