import { type Insertable, type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { prepareQuery, prepareShortRead } from "../../database/prepared-query.ts";
import type { SessionTable, UserTable } from "../../database/tables.gen.ts";

/** A session as stored. */
export type SessionRow = Selectable<SessionTable>;

/** Why a session was ended. */
type RevocationReason = NonNullable<SessionRow["revoked_reason"]>;

/** Starts a token family. */
export async function insertSession(trx: DatabaseTransaction, values: Insertable<SessionTable>): Promise<SessionRow> {
  return await trx.insertInto("session").values(values).returningAll().executeTakeFirstOrThrow();
}

/** A live session with what must be known of its user. */
export type LiveSession = SessionRow & {
  readonly user_public_id: string;
  readonly user_roles: string[];
};

/** The session with its user, if neither has ended. */
function liveSession(db: Pick<Database, "selectFrom">, { publicId, now }: { publicId: string; now: Date }) {
  return db
    .selectFrom("session")
    .innerJoin("user", "user.id", "session.user_id")
    .where("session.public_id", "=", publicId)
    .where("session.revoked_at", "is", null)
    .where("session.idle_expires_at", ">", now)
    .where("session.expires_at", ">", now)
    .where("user.status", "=", "active" satisfies UserTable["status"])
    .where("user.deleted_at", "is", null);
}

const selectLiveSession = prepareShortRead((db, { publicId, now }: { publicId: string; now: Date }) =>
  liveSession(db, { publicId, now })
    .selectAll("session")
    .select(["user.public_id as user_public_id", "user.roles as user_roles"]),
);

/** The session, if it has neither ended nor expired, and its user may be signed in. */
export async function findLiveSession(db: Database, publicId: string, now: Date): Promise<LiveSession | undefined> {
  const [session] = await selectLiveSession(db, { publicId, now });
  return session;
}

interface Rotation {
  readonly publicId: string;
  /** The counter of the presented token. */
  readonly counter: number;
  /** Of the attempt key that came with the token. */
  readonly attemptDigest: Uint8Array | null;
  readonly now: Date;
  /** When the session ends if it is not used again, by its kind. */
  readonly idleEnd: { readonly remembered: Date; readonly short: Date };
}

type RotationParameters = Pick<Rotation, "publicId" | "counter" | "attemptDigest" | "now"> & {
  readonly next: number;
  readonly rememberedEnd: Date;
  readonly shortEnd: Date;
};

const rotateLiveSession = prepareQuery((db, rotation: RotationParameters) =>
  db
    .with("live", (cte) =>
      liveSession(cte, { publicId: rotation.publicId, now: rotation.now })
        .select(["session.id", "session.public_id", "session.user_id", "session.remembered", "session.rotated_at"])
        .select(["session.refresh_counter", "session.attempt_digest", "session.idle_expires_at"])
        .select("user.public_id as user_public_id"),
    )
    .with("rotated", (cte) =>
      cte
        .updateTable("session")
        .from("live")
        .set({
          refresh_counter: rotation.next,
          attempt_digest: rotation.attemptDigest,
          rotated_at: rotation.now,
          last_seen_at: rotation.now,
          idle_expires_at: sql<Date>`least(session.expires_at, case when session.remembered
            then ${rotation.rememberedEnd}::timestamptz else ${rotation.shortEnd}::timestamptz end)`,
        })
        .whereRef("session.id", "=", "live.id")
        .where("session.refresh_counter", "=", rotation.counter)
        .where("session.revoked_at", "is", null)
        .returning(["session.id", "session.refresh_counter", "session.idle_expires_at"]),
    )
    .selectFrom("live")
    .leftJoin("rotated", "rotated.id", "live.id")
    .selectAll("live")
    .select(["rotated.refresh_counter as rotated_counter", "rotated.idle_expires_at as rotated_idle_expires_at"]),
);

/** What a refresh must know of a live session. */
export type RefreshableSession = Pick<
  LiveSession,
  | "id"
  | "public_id"
  | "user_id"
  | "user_public_id"
  | "remembered"
  | "rotated_at"
  | "refresh_counter"
  | "attempt_digest"
  | "idle_expires_at"
>;

/** A live session as it was when it was looked up, and as it is if that rotated it. */
interface RotatedSession {
  readonly session: RefreshableSession;
  readonly rotated: RefreshableSession | undefined;
}

/**
 * Looks the live session up, and moves it from this counter to the next, in one statement. Of any number of calls with one
 * counter, one moves it; the rest, and those after a revocation, do not. The row lock that it takes is the one that
 * revocation takes. What it finds is from before it had to wait for that lock, the counter, the time and the digest of one
 * rotation together: a caller that was not the one to move the session looks again whether it still lives.
 */
export async function rotateSession(db: Database, rotation: Rotation): Promise<RotatedSession | undefined> {
  const { idleEnd, ...given } = rotation;
  const ends = { rememberedEnd: idleEnd.remembered, shortEnd: idleEnd.short };
  const [row] = await rotateLiveSession(db, { ...given, next: given.counter + 1, ...ends });
  if (row === undefined) return undefined;
  const { rotated_counter, rotated_idle_expires_at, ...session } = row;
  if (rotated_counter === null || rotated_idle_expires_at === null) return { session, rotated: undefined };
  const rotated = { ...session, refresh_counter: rotated_counter, idle_expires_at: rotated_idle_expires_at };
  return { session, rotated };
}

/** Notes that a call was made in the session. */
export async function noteSeen(db: Database, sessionId: string, now: Date): Promise<void> {
  await db.updateTable("session").set({ last_seen_at: now }).where("id", "=", sessionId).execute();
}

interface Proof {
  readonly sessionId: string;
  readonly now: Date;
}

/**
 * Notes that the session's user proved who they are; `false` for a session that has ended or expired. The row lock that it
 * takes is the one that revocation takes.
 */
export async function recordStepUp(trx: DatabaseTransaction, { sessionId, now }: Proof): Promise<boolean> {
  const result = await trx
    .updateTable("session")
    .set({ reauthenticated_at: now })
    .where("id", "=", sessionId)
    .where("revoked_at", "is", null)
    .where("idle_expires_at", ">", now)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** A session that changed, and when: as text, for a `Date` has no microseconds. */
export interface ChangedSession {
  readonly public_id: string;
  readonly changed_at: string;
}

/** The sessions that changed within the last seconds, by the time of the database. */
export async function listChangedSessions(db: Database, seconds: number): Promise<readonly ChangedSession[]> {
  return await db
    .selectFrom("session")
    .select(["public_id", sql<string>`changed_at::text`.as("changed_at")])
    .where("changed_at", ">", sql<Date>`clock_timestamp() - make_interval(secs => ${seconds})`)
    .execute();
}

/** Which of a user's sessions end, and why. */
export interface EndedSessions {
  readonly userId: string;
  readonly reason: RevocationReason;
  /** The internal id of the one that ends. Default: all. */
  readonly only?: string;
  /** The internal id of one that goes on. */
  readonly except?: string;
}

/** A session that this call ended. */
interface EndedSession {
  readonly public_id: string;
  readonly device_id: string | null;
}

/** Ends sessions, except those that have ended. */
export async function revokeSessions(
  trx: DatabaseTransaction,
  { userId, reason, only, except }: EndedSessions,
  now: Date,
): Promise<readonly EndedSession[]> {
  return await trx
    .updateTable("session")
    .set({ revoked_at: now, revoked_reason: reason })
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .$if(only !== undefined, (update) => update.where("id", "=", only ?? null))
    .$if(except !== undefined, (update) => update.where("id", "!=", except ?? null))
    .returning(["public_id", "device_id"])
    .execute();
}

/** From where a user signs in. */
export interface SeenFrom {
  readonly userId: string;
  readonly ip: string;
  readonly userAgent: string | null;
  readonly installationId: string | undefined;
}

/** Whether the user has signed in before, and never with this installation nor with this program from this address. */
export async function isNewDevice(db: Database, from: SeenFrom): Promise<boolean> {
  const sessions = db.selectFrom("session").select("session.id").where("session.user_id", "=", from.userId);
  const alike = sessions
    .where("session.ip", "=", from.ip)
    .where("session.user_agent", "is not distinct from", from.userAgent);
  const onDevice = sessions
    .innerJoin("device", "device.id", "session.device_id")
    .where("device.installation_id", "=", from.installationId ?? null);
  const { unknown } = await db
    .selectNoFrom((eb) =>
      eb.and([eb.exists(sessions), eb.not(eb.exists(alike)), eb.not(eb.exists(onDevice))]).as("unknown"),
    )
    .executeTakeFirstOrThrow();
  return Boolean(unknown);
}

/** Sessions of a user to look at. */
interface SeenSessions {
  readonly userId: string;
  /** Those that were used at this moment or later; ended sessions are kept for a while. */
  readonly since: Date;
  readonly limit: number;
}

/** Where the user signed in from, the addresses of the newest sessions first. */
export async function listSeenAddresses(
  db: Database,
  { userId, since, limit }: SeenSessions,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("session")
    .select("ip")
    .where("user_id", "=", userId)
    .where("last_seen_at", ">=", since)
    .where("ip", "is not", null)
    .groupBy("ip")
    .orderBy((eb) => eb.fn.max("id"), "desc")
    .limit(limit)
    .execute();
  return rows.flatMap(({ ip }) => (ip === null ? [] : [ip]));
}

/** An installation and whose it is: a session is on a device as long as both have the same user. */
interface OwnedDevice {
  readonly id: string;
  readonly userId: string;
}

/** Whether the device's user is signed in on it. */
export async function isSignedInOn(trx: DatabaseTransaction, device: OwnedDevice, now: Date): Promise<boolean> {
  const row = await trx
    .selectFrom("session")
    .select("id")
    .where("device_id", "=", device.id)
    .where("user_id", "=", device.userId)
    .where("revoked_at", "is", null)
    .where("idle_expires_at", ">", now)
    .where("expires_at", ">", now)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Whether the session has not ended, held true until the transaction ends. Whoever needs a session and a device locks
 * the session first: it is what ending a session does, and in another order the two would wait for each other.
 */
export async function lockSession(trx: DatabaseTransaction, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom("session")
    .select("id")
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** Locks the user's sessions that have not ended, in the order of their ids, until the transaction ends. */
export async function lockSessionsOf(trx: DatabaseTransaction, userId: string): Promise<void> {
  await trx
    .selectFrom("session")
    .select("id")
    .where("user_id", "=", userId)
    .where("revoked_at", "is", null)
    .orderBy("id")
    .forUpdate()
    .execute();
}

/** Binds the session to the device. */
export async function attachDevice(trx: DatabaseTransaction, sessionId: string, deviceId: string): Promise<void> {
  await trx.updateTable("session").set({ device_id: deviceId }).where("id", "=", sessionId).execute();
}

/** Deletes sessions that ended or expired before a moment, at most so many; answers with how many there were. */
export async function deleteEndedSessions(db: Database, before: Date, limit: number): Promise<number> {
  const ended = db
    .selectFrom("session")
    .select("id")
    .where((where) =>
      where.or([
        where("revoked_at", "<", before),
        where("idle_expires_at", "<", before),
        where("expires_at", "<", before),
      ]),
    )
    .limit(limit);
  const result = await db.deleteFrom("session").where("id", "in", ended).executeTakeFirst();
  return Number(result.numDeletedRows);
}
