import type { FloorHandler } from "./handler.ts";
import { idleExpiry, issueTokens, type SessionOfUser } from "./session.ts";

const rotateSession = {
  name: "rotate-session",
  text: `
    update session set refresh_counter = refresh_counter + 1, last_seen_at = $3,
      idle_expires_at = least($4, session.expires_at)
    from "user"
    where session.public_id = $1 and session.refresh_counter = $2 and session.revoked_at is null
      and session.idle_expires_at > $3 and session.expires_at > $3
      and "user".id = session.user_id and "user".status = 'active' and "user".deleted_at is null
    returning session.public_id, session.refresh_counter, session.idle_expires_at, "user".public_id as user_public_id`,
};

/** A MAC, one statement and a signature: no refresh with rotation can do with less. */
export const refresh: FloorHandler = async ({ db, tokens }, { body }) => {
  const { refreshToken } = body as { readonly refreshToken: string };
  const { sessionId, counter } = tokens.verifyRefresh(refreshToken);
  const now = new Date();
  const values = [sessionId, counter, now, idleExpiry(now)];
  const [session] = (await db.query<SessionOfUser>({ ...rotateSession, values })).rows;
  if (session === undefined) return { status: 401 };
  return { status: 200, output: { session: await issueTokens(tokens, session, now) } };
};
