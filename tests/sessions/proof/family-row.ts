import { randomUUID } from "node:crypto";
import { formatRefreshToken, refreshKeyBytes } from "../../../packages/server/src/crypto/refresh-token.ts";
import type { Family } from "./family-model.ts";
import type { Lab } from "./lab.ts";

/** A user of one world's own, in the database, with the session of the proof and another. */
export interface StoredFamily {
  readonly userId: string;
  readonly sessionId: string;
  /** The session that is left alone. */
  readonly otherId: string;
  readonly refreshToken: string;
  readonly accessToken: string;
}

/** Signs a user in, in one statement and as the service does it; twice, so that there is a session to be left alone. */
export async function storeFamily(lab: Lab, family: Family): Promise<StoredFamily> {
  const { shared } = lab;
  const [sessionId, otherId, userPublicId] = [randomUUID(), randomUUID(), randomUUID()];
  const key = shared.random.bytes(refreshKeyBytes);
  const { rows } = await lab.control.query<{ user_id: string }>({
    name: "proof-sign-in",
    text: `with owner as (
        insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at)
        values ($1, $1::uuid::text || '@example.com', $1::uuid::text || '@example.com', 'en', 'active', '{}', $5, $5)
        returning id
      )
      insert into session (public_id, user_id, refresh_key, refresh_counter, rotated_at, remembered,
        methods, created_at, last_seen_at, idle_expires_at, expires_at)
      select session_id, owner.id, $4, 0, $5, true, '{pwd}', $5, $5, $6, $7
      from owner, unnest(array[$2, $3]::uuid[]) as session_id returning user_id`,
    values: [
      userPublicId,
      sessionId,
      otherId,
      shared.keyRing.seal(key, `session:${sessionId}`),
      family.rotatedAt,
      family.idleExpiresAt,
      family.expiresAt,
    ],
  });
  return {
    userId: rows[0]?.user_id ?? "",
    sessionId,
    otherId,
    refreshToken: formatRefreshToken({ sessionId, counter: 0 }, key),
    accessToken: await shared.accessTokens.sign({ userId: userPublicId, sessionId }, family.rotatedAt),
  };
}

interface Row {
  readonly public_id: string;
  readonly refresh_counter: number;
  readonly attempt: string | null;
  readonly rotated_at: Date;
  readonly idle_expires_at: Date;
  readonly expires_at: Date;
  readonly is_revoked: boolean;
  readonly is_disabled: boolean;
}

/** What the database says of the session in the end, and whether the other one ended too. */
export async function readFamily(
  lab: Lab,
  { sessionId, otherId }: StoredFamily,
): Promise<{ final: Family; otherIsRevoked: boolean }> {
  const { rows } = await lab.control.query<Row>({
    name: "proof-family",
    text: `select session.public_id, refresh_counter, encode(attempt_digest, 'hex') as attempt, rotated_at, idle_expires_at, expires_at,
        revoked_at is not null as is_revoked, "user".status <> 'active' as is_disabled
      from session join "user" on "user".id = session.user_id where session.public_id = any($1)`,
    values: [[sessionId, otherId]],
  });
  const row = rows.find(({ public_id }) => public_id === sessionId);
  if (row === undefined) throw new Error("The session is gone");
  const final: Family = {
    counter: row.refresh_counter,
    attempt: row.attempt,
    rotatedAt: row.rotated_at,
    rotatedBy: 0,
    idleExpiresAt: row.idle_expires_at,
    expiresAt: row.expires_at,
    isRevoked: row.is_revoked,
    isDisabled: row.is_disabled,
  };
  return { final, otherIsRevoked: rows.some(({ public_id, is_revoked }) => public_id === otherId && is_revoked) };
}
