import { addSeconds, earlier } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { refreshKeyBytes } from "../../crypto/refresh-token.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { type IssueDeps, type IssuedSession, issueTokens } from "./issue.ts";
import type { RefreshKeys } from "./refresh-keys.ts";
import { refreshKeyContext } from "./sealed.ts";
import { insertSession } from "./store.ts";

/** What starting a session needs. */
export interface StartSessionDeps extends IssueDeps {
  readonly config: Pick<Config, "sessions">;
  readonly random: RandomSource;
  readonly keyRing: KeyRing;
  readonly refreshKeys: RefreshKeys;
}

/** Who signed in, how, and from where. */
interface NewSession {
  readonly user: { readonly id: string; readonly publicId: string };
  readonly deviceId: string | null;
  readonly remembered: boolean;
  /** RFC 8176 names, such as `pwd`. */
  readonly methods: readonly string[];
  readonly ip: string;
  readonly userAgent: string | null;
}

/** Starts a session and issues its first tokens. The caller must have locked the user as active in the transaction. */
export async function startSession(
  deps: StartSessionDeps,
  trx: DatabaseTransaction,
  session: NewSession,
): Promise<IssuedSession> {
  const now = deps.clock.now();
  const publicId = deps.random.uuid();
  const key = deps.random.bytes(refreshKeyBytes);
  const { idleSeconds, ttlSeconds } = deps.config.sessions[session.remembered ? "remembered" : "short"];
  const expiresAt = addSeconds(now, ttlSeconds);
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
    idle_expires_at: earlier(addSeconds(now, idleSeconds), expiresAt),
    expires_at: expiresAt,
  });
  deps.refreshKeys.set(publicId, key);
  return await issueTokens(deps, { ...row, user_public_id: session.user.publicId }, key);
}
