import type { z } from "zod";
import { earlier } from "../../clock.ts";
import type { CursorCodec } from "../../crypto/cursor.ts";
import type { Database } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { endTrustOf } from "../../device/trust.ts";
import { GatehouseError } from "../../errors.ts";
import { readPage } from "../../list-page.ts";
import type { Actor, Principal } from "./actor.ts";
import { type EndSessionDeps, endSessions } from "./end.ts";
import type { listSessionsInput, listSessionsOutput } from "./list-schema.ts";
import { findSessionId, type ListedSession, listLiveSessions } from "./list-store.ts";
import { type NamedVersion, parseUserAgent } from "./user-agent.ts";

/** What listing and revoking sessions needs. */
interface SessionListDeps extends EndSessionDeps {
  readonly db: Database;
  readonly cursors: CursorCodec;
}

type SessionPage = z.output<typeof listSessionsOutput>;
type ActiveSession = SessionPage["items"][number];

/** The actor's live sessions, the newest sign-in first. Throws `INVALID_INPUT` for a foreign cursor. */
export async function listSessions(
  deps: Pick<SessionListDeps, "db" | "clock" | "cursors">,
  actor: Actor,
  page: z.output<typeof listSessionsInput>,
): Promise<SessionPage> {
  const { items, nextCursor } = await listSessionsOf(deps, actor, page);
  const own = items.map((item) => ({ ...item, ...hiddenIn(item), current: item.id === actor.session.public_id }));
  return { items: own, nextCursor };
}

/** Users are not told where administrators call from. */
function hiddenIn({ impersonated }: ActiveSession): Partial<ActiveSession> {
  return impersonated ? { browser: null, system: null, ip: null, userAgent: null } : {};
}

/** A user's live sessions, like {@link listSessions}, none of which asks. */
export async function listSessionsOf(
  deps: Pick<SessionListDeps, "db" | "clock" | "cursors">,
  { userId, userPublicId }: Pick<Principal, "userId" | "userPublicId">,
  page: z.output<typeof listSessionsInput>,
): Promise<SessionPage> {
  const live = { userId, now: deps.clock.now() };
  const request = { list: `sessions:${userPublicId}`, ...page };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) => listLiveSessions(deps.db, live, bounds));
  return { items: rows.map((row) => ({ ...toActiveSession(row), current: false })), nextCursor };
}

/**
 * Ends one of the actor's sessions, perhaps their current one, as a logout in it would, and the trust in its device: it may be a thief's
 * now. A session that has ended already is no
 * failure, because this may be a retry. Throws `NOT_FOUND` for a session that is not theirs.
 */
export async function revokeSession(
  deps: Omit<SessionListDeps, "cursors">,
  { userId }: Actor,
  publicId: string,
): Promise<void> {
  await inRetriedTransaction(deps.db, async (trx) => {
    const id = await findSessionId(trx, { publicId, userId });
    if (id === undefined) throw new GatehouseError("NOT_FOUND");
    await endSessions(deps, trx, { userId, reason: "revoked", only: id, requestedId: publicId });
    await endTrustOf(trx, { sessionId: id, userId });
  });
}

function toActiveSession(row: ListedSession): Omit<ActiveSession, "current"> {
  const { browser, system } = parseUserAgent(row.user_agent);
  const device = toDevice(row);
  return {
    id: row.public_id,
    browser,
    system: system ?? systemOf(device),
    device,
    ip: row.ip,
    userAgent: row.user_agent,
    methods: row.methods,
    remembered: row.remembered,
    impersonated: row.impersonator_id !== null,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: earlier(row.idle_expires_at, row.expires_at),
  };
}

function toDevice(row: ListedSession): ActiveSession["device"] {
  const { device_public_id: id, device_installation_id: installationId, device_platform: platform } = row;
  if (id === null || installationId === null || platform === null) return null;
  return {
    id,
    installationId,
    platform,
    name: row.device_name,
    model: row.device_model,
    osVersion: row.device_os_version,
    appVersion: row.device_app_version,
  };
}

/** Operating systems by the platform that an app states; `web` may be any. */
const systemNames = {
  android: "Android",
  ios: "iOS",
  linux: "Linux",
  macos: "macOS",
  web: undefined,
  windows: "Windows",
} as const;

/** For HTTP clients of apps, which name no system in their user agent: the system that the app itself stated. */
function systemOf(device: ActiveSession["device"]): NamedVersion | null {
  const name = device === null ? undefined : systemNames[device.platform];
  if (name === undefined) return null;
  return device?.osVersion == null ? { name } : { name, version: device.osVersion };
}
