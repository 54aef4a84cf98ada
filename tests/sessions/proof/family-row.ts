import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { formatRefreshToken, refreshKeyBytes } from "../../../packages/server/src/crypto/refresh-token.ts";
import type { Dependencies } from "../../../packages/server/src/dependencies.ts";
import type { Control } from "./control.ts";
import { type Family, newFamily } from "./family-model.ts";

/** A user of one world's own, in the database, with the session of the proof and another. */
export interface StoredFamily {
  readonly userId: string;
  readonly sessionId: string;
  /** The session that is left alone. */
  readonly otherId: string;
  readonly refreshToken: string;
  readonly accessToken: string;
}

/** When every world begins. */
export const beginning = new Date(0);

/** Users that sign in with one statement. */
const signInsAtOnce = 50;

type SignInDeps = Pick<Dependencies, "accessTokens" | "keyRing" | "random">;

/** Signs users in at the {@link beginning}, some in advance, so that a world does not wait for its user. */
export class SignedInFamilies {
  readonly #pool: Pool;
  readonly #deps: SignInDeps;
  #ready: StoredFamily[] = [];
  #more: Promise<void> | undefined;

  constructor(pool: Pool, deps: SignInDeps) {
    this.#pool = pool;
    this.#deps = deps;
  }

  async take(): Promise<StoredFamily> {
    for (;;) {
      const family = this.#ready.pop();
      if (family !== undefined) return family;
      this.#more ??= this.#signIn();
      await this.#more;
    }
  }

  async #signIn(): Promise<void> {
    const families = await signInUsers(this.#pool, this.#deps);
    this.#ready.push(...families);
    this.#more = undefined;
  }
}

/** Signs users in, in one statement and as the service does it; each twice, so that there is a session to be left alone. */
async function signInUsers(pool: Pool, { accessTokens, keyRing, random }: SignInDeps): Promise<StoredFamily[]> {
  const { rotatedAt, idleExpiresAt, expiresAt } = newFamily(beginning);
  const signIns = Array.from({ length: signInsAtOnce }, () => {
    const [userPublicId, sessionId, otherId] = [randomUUID(), randomUUID(), randomUUID()];
    const key = random.bytes(refreshKeyBytes);
    return { userPublicId, sessionId, otherId, key, sealed: keyRing.seal(key, `session:${sessionId}`) };
  });
  const { rows } = await pool.query<{ session_id: string; user_id: string }>({
    name: "proof-sign-in",
    text: `with asked as (
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[]) as asked (user_id, session_id, other_id, key)
      ), owner as (
        insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at)
        select user_id, user_id::text || '@example.com', user_id::text || '@example.com', 'en', 'active', '{}', $5, $5
        from asked returning id, public_id
      )
      insert into session (public_id, user_id, refresh_key, refresh_counter, rotated_at, remembered,
        methods, created_at, last_seen_at, idle_expires_at, expires_at)
      select signed_in, owner.id, key, 0, $5, true, '{pwd}', $5, $5, $6, $7
      from asked join owner on owner.public_id = asked.user_id, unnest(array[session_id, other_id]) as signed_in
      returning public_id as session_id, user_id`,
    values: [
      signIns.map(({ userPublicId }) => userPublicId),
      signIns.map(({ sessionId }) => sessionId),
      signIns.map(({ otherId }) => otherId),
      signIns.map(({ sealed }) => sealed),
      rotatedAt,
      idleExpiresAt,
      expiresAt,
    ],
  });
  const userIds = new Map(rows.map((row) => [row.session_id, row.user_id]));
  return signIns.map(({ userPublicId, sessionId, otherId, key }) => ({
    userId: userIds.get(sessionId) ?? "",
    sessionId,
    otherId,
    refreshToken: formatRefreshToken({ sessionId, counter: 0 }, key),
    accessToken: accessTokens.sign({ userId: userPublicId, sessionId }, rotatedAt),
  }));
}

/** What the database says of the session in the end, and whether the other one ended too. */
export async function readFamily(
  control: Control,
  { sessionId, otherId }: StoredFamily,
): Promise<{ final: Family; otherIsRevoked: boolean }> {
  const [row, other] = await Promise.all([control.readRow(sessionId), control.readRow(otherId)]);
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
  return { final, otherIsRevoked: other.is_revoked };
}
