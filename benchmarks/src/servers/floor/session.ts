import { randomBytes, randomUUID } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import type { AccountDependencies } from "./dependencies.ts";

const dayMillis = 24 * 60 * 60 * 1000;
const idleMillis = 90 * dayMillis;
const ttlMillis = 365 * dayMillis;

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

/** A session's row, with the public id of its user. */
export type SessionOfUser = SessionRow & { readonly user_public_id: string };

/** The user who signs in. */
interface SignedIn {
  readonly id: string;
  readonly public_id: string;
}

/** The parts of a request that a session keeps. */
interface Caller {
  readonly ip: string;
  readonly userAgent: string | undefined;
}

/** Starts a session and issues its first tokens. */
export async function startSession(
  { tokens }: AccountDependencies,
  client: PoolClient,
  { user, request }: { readonly user: SignedIn; readonly request: Caller },
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

/** The end of a session that is used now and never again. */
export const idleExpiry = (now: Date) => new Date(now.getTime() + idleMillis);

/** The tokens of a session, in the form of Gatehouse's output. */
export async function issueTokens(tokens: AccountDependencies["tokens"], session: SessionOfUser, now: Date) {
  const claims = { sessionId: session.public_id, counter: session.refresh_counter };
  return {
    id: session.public_id,
    accessToken: await tokens.signAccess({ sessionId: claims.sessionId, userId: session.user_public_id }, now),
    accessTokenExpiresAt: tokens.accessExpiry(now),
    refreshToken: tokens.formatRefresh(claims),
    refreshTokenExpiresAt: session.idle_expires_at,
  };
}

/** Runs the work in one transaction: all of it is kept, or nothing. */
export async function inTransaction<T>(db: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await db.connect();
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
