import type { AuditDeps } from "../../audit/call.ts";
import { eventColumns } from "../../audit/record.ts";
import { addSeconds, earlier } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { refreshKeyBytes } from "../../crypto/refresh-token.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { retryAfterDeadlock } from "../../database/deadlock.ts";
import type { SignInDevice } from "../../device/installation.ts";
import type { JobStatement } from "../../jobs/queue.ts";
import { type IssueDeps, type IssuedSession, issueTokens } from "./issue.ts";
import { provesSecondFactor, type SignInMethodName } from "./methods.ts";
import type { RefreshKeys } from "./refresh-keys.ts";
import { refreshKeyContext } from "./sealed.ts";
import {
  type IdentityUse,
  insertSession,
  insertSessionAlone,
  type SessionStart,
  type SignInEvents,
  type StoredSession,
} from "./start-store.ts";

/** What starting a session needs. */
export interface StartSessionDeps extends IssueDeps, AuditDeps {
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
  /** The identity whose use the session's statement notes. Default: none. */
  readonly identityUse?: IdentityUse | undefined;
  readonly remembered: boolean;
  /** What the user proved, by the names of `methods.ts`. */
  readonly methods: readonly SignInMethodName[];
  readonly ip: string;
  readonly userAgent: string | null;
  /** The administrator who acts in the user's name. Default: the user signs in themselves. */
  readonly impersonation?: Impersonation;
}

/** Who acts in a user's name, and until when. */
interface Impersonation {
  /** The public id of the administrator. */
  readonly impersonatorId: string;
  /** The internal id of the administrator's own session, with which the new one ends. */
  readonly sessionId: string;
  readonly until: Date;
}

/** A session that was started. */
export interface StartedSession {
  /** The internal id. */
  readonly id: string;
  /** The internal id of its device; `null` without one. */
  readonly deviceId: string | null;
  /** Whether the device was added for this session, and belonged to nobody before. */
  readonly isDeviceAdded: boolean;
  readonly issued: IssuedSession;
  /** Whether the user has signed in before, but neither on this installation nor with this user agent from this address. */
  readonly isNewDevice: boolean;
}

/**
 * Starts a session and issues its first tokens. Returns `undefined` if the user may not sign in, or the verified password was
 * replaced, or if the account takes a second factor and `methods` has none; all stay as they are until the transaction ends.
 */
export async function startSession(
  deps: StartSessionDeps,
  trx: DatabaseTransaction,
  session: NewSession,
): Promise<StartedSession | undefined> {
  const prepared = prepareSession(deps, session);
  const row = await insertSession(trx, prepared.start);
  return row && issueSession(deps, prepared, row);
}

/** A session that was started alone. */
export interface StartedAlone {
  readonly started: StartedSession;
  /** Whether the owner is told of a new device. */
  readonly isTold: boolean;
}

/**
 * Like {@link startSession}, in one statement outside a transaction, which enqueues the notice if the owner has to be told of a
 * new device. Returns `undefined`, and changes nothing, also where more than that statement is needed: see
 * {@link insertSessionAlone}.
 */
export async function startSessionAlone(
  deps: StartSessionDeps & { readonly db: Database },
  session: NewSession,
  notice?: JobStatement,
): Promise<StartedAlone | undefined> {
  const prepared = prepareSession(deps, session);
  const row = await retryAfterDeadlock(() => insertSessionAlone(deps.db, prepared.start, notice));
  return row && { started: issueSession(deps, prepared, row), isTold: row.is_told };
}

/** A session that is still to be stored. */
interface PreparedSession {
  readonly start: SessionStart;
  readonly refreshKey: Buffer;
  readonly userPublicId: string;
}

/** Makes a session, which the caller stores as a part of another statement; then call {@link issueSession}. */
export function prepareSession(deps: StartSessionDeps, session: NewSession): PreparedSession {
  const now = deps.clock.now();
  const publicId = deps.random.uuid();
  const refreshKey = deps.random.bytes(refreshKeyBytes);
  const { idleSeconds, ttlSeconds } = deps.config.sessions[session.remembered ? "remembered" : "short"];
  const { impersonation } = session;
  const expiresAt = earlier(addSeconds(now, ttlSeconds), impersonation?.until ?? addSeconds(now, ttlSeconds));
  const values = {
    public_id: publicId,
    user_id: session.user.id,
    refresh_key: deps.keyRing.seal(refreshKey, refreshKeyContext(publicId)),
    remembered: session.remembered,
    methods: [...session.methods],
    ip: session.ip,
    user_agent: session.userAgent,
    created_at: now,
    idle_expires_at: earlier(addSeconds(now, idleSeconds), expiresAt),
    expires_at: expiresAt,
    impersonator_id: impersonation?.impersonatorId ?? null,
    impersonator_session_id: impersonation?.sessionId ?? null,
  };
  const { device, passwordVersion, identityUse } = session;
  const isComplete = provesSecondFactor(session.methods);
  const start = { values, device, passwordVersion, identityUse, isComplete, events: eventsOf(deps, session) };
  return { start, refreshKey, userPublicId: session.user.publicId };
}

/** The user who signed in is the actor, also if somebody else calls. */
function eventsOf({ clock, call }: AuditDeps, { user, methods, impersonation }: NewSession): SignInEvents {
  const actor = { kind: "user", id: user.publicId } as const;
  const deps = { clock, call: { ...call, impersonatorId: impersonation?.impersonatorId ?? null } };
  return {
    started: eventColumns(deps, { action: "session.created", kind: "session", actor, details: { methods } }),
    linked: eventColumns(deps, { action: "device.linked", kind: "device", actor }),
  };
}

/** Issues the first tokens of a session that was stored. */
export function issueSession(
  deps: StartSessionDeps,
  { start: { values }, refreshKey, userPublicId }: PreparedSession,
  { id, device_id: deviceId, is_device_added: isDeviceAdded, is_new_device: isNewDevice }: StoredSession,
): StartedSession {
  const { public_id, remembered, idle_expires_at, impersonator_id } = values;
  deps.refreshKeys.set(public_id, refreshKey);
  const owner = { user_public_id: userPublicId, impersonator_id };
  const session = { public_id, refresh_counter: 0, idle_expires_at, remembered, ...owner };
  return { id, deviceId, isDeviceAdded, issued: issueTokens(deps, session, refreshKey), isNewDevice };
}
