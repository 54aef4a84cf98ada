import { hash } from "node:crypto";
import { Client, type Pool } from "pg";
import type { Tokens } from "./tokens.ts";

const findLiveSession = {
  name: "find-live-session",
  text: `
    select session.*, "user".public_id as user_public_id, "user".roles as user_roles
    from session inner join "user" on "user".id = session.user_id
    where session.public_id = $1 and session.revoked_at is null
      and session.idle_expires_at > $2 and session.expires_at > $3
      and "user".status = $4 and "user".deleted_at is null`,
};

interface Known {
  readonly userId: string;
  readonly sessionId: string;
  readonly expiresAt: Date;
}

interface TokenCheckOptions {
  readonly db: Pool;
  readonly tokens: Tokens;
  readonly changes: SessionChanges;
}

/**
 * Finds the user of an access token, at the cost that it has in Gatehouse: the signature and the session are checked once
 * for each token; after that its hash is looked up, and its session among those that changed.
 */
export class TokenCheck {
  readonly #known = new Map<string, Known>();
  readonly #options: TokenCheckOptions;

  constructor(options: TokenCheckOptions) {
    this.#options = options;
  }

  /** The user's id; `undefined` where the session has ended. Throws where the token is not genuine. */
  async userOf(token: string): Promise<string | undefined> {
    const key = hash("sha256", token, "base64");
    const now = new Date();
    const known = this.#known.get(key);
    const isCurrent = known !== undefined && known.expiresAt > now;
    if (isCurrent && !this.#options.changes.includes(known.sessionId)) return known.userId;
    const read = await this.#read(token, now);
    if (read !== undefined) this.#known.set(key, read);
    return read?.userId;
  }

  async #read(token: string, now: Date): Promise<Known | undefined> {
    const { db, tokens } = this.#options;
    const { sessionId, expiresAt } = await tokens.verifyAccess(token);
    const values = [sessionId, now, now, "active"];
    const { rows } = await db.query<{ user_id: string }>({ ...findLiveSession, values });
    const [session] = rows;
    return session === undefined ? undefined : { userId: session.user_id, sessionId, expiresAt };
  }
}

/** The sessions that changed since this process started, as Gatehouse's triggers tell of them. */
interface SessionChanges {
  includes(sessionId: string): boolean;
  close(): Promise<void>;
}

/** Listens on a connection of its own; unlike Gatehouse, it trusts that this never breaks. */
export async function trackSessionChanges(databaseUrl: string): Promise<SessionChanges> {
  const changed = new Set<string>();
  const client = new Client(databaseUrl);
  client.on("notification", ({ payload = "" }) => changed.add(payload));
  await client.connect();
  await client.query("listen gatehouse_session_change");
  return { includes: (sessionId) => changed.has(sessionId), close: () => client.end() };
}
