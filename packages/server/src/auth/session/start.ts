import { addSeconds, earlier } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { refreshKeyBytes } from "../../crypto/refresh-token.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { retryAfterDeadlock } from "../../database/deadlock.ts";
import type { SignInDevice } from "../../device/installation.ts";
import { type IssueDeps, type IssuedSession, issueTokens } from "./issue.ts";
import type { RefreshKeys } from "./refresh-keys.ts";
import { refreshKeyContext } from "./sealed.ts";
import { insertSession, insertSessionAlone, type SessionStart } from "./start-store.ts";

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
  /** The device that they sign in on. */
  readonly device: SignInDevice | undefined;
  /** The version of the password that was verified, if one was. */
  readonly passwordVersion: number | undefined;
  readonly remembered: boolean;
  /** RFC 8176 names, such as `pwd`. */
  readonly methods: readonly string[];
  readonly ip: string;
  readonly userAgent: string | null;
}

/** A session that was started. */
export interface StartedSession {
  /** The internal id. */
  readonly id: string;
  /** The internal id of its device; `null` without one. */
  readonly deviceId: string | null;
  readonly issued: IssuedSession;
  /** Whether the user has signed in before, but neither on this installation nor with this user agent from this address. */
  readonly isNewDevice: boolean;
}

/**
 * Starts a session and issues its first tokens. Returns `undefined` if the user may not sign in, or the verified password was
 * replaced; both stay as they are until the transaction ends.
 */
export async function startSession(
  deps: StartSessionDeps,
  trx: DatabaseTransaction,
  session: NewSession,
): Promise<StartedSession | undefined> {
  return await start(deps, session, (values) => insertSession(trx, values));
}

/**
 * Like {@link startSession}, in one statement outside a transaction. Returns `undefined`, and changes nothing, also where more
 * than that statement is needed: see {@link insertSessionAlone}.
 */
export async function startSessionAlone(
  deps: StartSessionDeps & { readonly db: Database },
  session: NewSession,
): Promise<StartedSession | undefined> {
  return await start(deps, session, (values) => retryAfterDeadlock(() => insertSessionAlone(deps.db, values)));
}

async function start(
  deps: StartSessionDeps,
  session: NewSession,
  insert: (start: SessionStart) => ReturnType<typeof insertSession>,
): Promise<StartedSession | undefined> {
  const now = deps.clock.now();
  const publicId = deps.random.uuid();
  const key = deps.random.bytes(refreshKeyBytes);
  const { idleSeconds, ttlSeconds } = deps.config.sessions[session.remembered ? "remembered" : "short"];
  const expiresAt = addSeconds(now, ttlSeconds);
  const row = await insert({
    values: {
      public_id: publicId,
      user_id: session.user.id,
      refresh_key: deps.keyRing.seal(key, refreshKeyContext(publicId)),
      remembered: session.remembered,
      methods: [...session.methods],
      ip: session.ip,
      user_agent: session.userAgent,
      created_at: now,
      idle_expires_at: earlier(addSeconds(now, idleSeconds), expiresAt),
      expires_at: expiresAt,
    },
    device: session.device,
    passwordVersion: session.passwordVersion,
  });
  if (row === undefined) return undefined;
  deps.refreshKeys.set(publicId, key);
  const issued = await issueTokens(deps, { ...row, user_public_id: session.user.publicId }, key);
  return { id: row.id, deviceId: row.device_id, issued, isNewDevice: row.is_new_device };
}
