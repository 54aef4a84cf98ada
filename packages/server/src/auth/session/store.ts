import { type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { prepareQuery, prepareShortRead } from "../../database/prepared-query.ts";
import type { SessionTable, UserTable } from "../../database/tables.gen.ts";
import { listGroupIdsOfUser } from "../../group/member-store.ts";
import { changedRolesId } from "./change-tracker.ts";

/** A session as stored. */
export type SessionRow = Selectable<SessionTable>;

/** A live session, with the columns of its user that a call needs. */
export type LiveSession = SessionRow & {
  readonly user_public_id: string;
  readonly user_roles: string[];
  readonly user_group_ids: string[];
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
    .select(["user.public_id as user_public_id", "user.roles as user_roles"])
    .select((columns) => listGroupIdsOfUser(columns).as("user_group_ids")),
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
  /** The digest of the attempt key that came with the token; `null` without one. */
  readonly attemptDigest: Uint8Array | null;
  readonly now: Date;
  /** When the session expires if it is not used again: remembered and short sessions differ. */
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
        .select("session.impersonator_id")
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

/** The columns of a live session that a refresh needs. */
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
  | "impersonator_id"
>;

/** A live session before and after a rotation. */
interface RotatedSession {
  readonly session: RefreshableSession;
  /** `undefined` if the counter was not the session's, so that nothing was rotated. */
  readonly rotated: RefreshableSession | undefined;
}

/**
 * Reads the live session and, if its counter is the given one, increments it, in one statement. Of any number of concurrent
 * calls with one counter, one increments it; the others, and calls after a revocation, do not. It locks the row that a
 * revocation locks too. `session` is the row before the statement waited for that lock, so its counter, time and digest are
 * of one rotation; it may have ended since, so a caller that did not rotate it must read it again.
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

/** Sets when the session was last used. */
export async function updateLastSeen(db: Database, sessionId: string, now: Date): Promise<void> {
  await db.updateTable("session").set({ last_seen_at: now }).where("id", "=", sessionId).execute();
}

interface AuthenticatedSession {
  readonly sessionId: string;
  readonly now: Date;
}

interface StepUp extends AuthenticatedSession {
  /** How the user authenticated. */
  readonly method: string;
}

/**
 * Records that the session's user authenticated again; returns `false` if the session has ended or expired. It locks the row
 * that a revocation locks too.
 */
export async function recordStepUp(trx: DatabaseTransaction, { sessionId, now, method }: StepUp): Promise<boolean> {
  const result = await trx
    .updateTable("session")
    .set({
      reauthenticated_at: now,
      // What the session begins with proves nothing, and is worth nothing beside this.
      methods: sql<string[]>`case when 'anon' = any(methods) then array[${method}]::text[] else methods end`,
    })
    .where("id", "=", sessionId)
    .where("revoked_at", "is", null)
    .where("idle_expires_at", ">", now)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * Records further proofs of the session's user, which count as an authentication, and tells every instance; returns `false` if
 * the session has ended or expired.
 */
export async function addSessionMethods(
  trx: DatabaseTransaction,
  { sessionId, now, methods }: AuthenticatedSession & { readonly methods: readonly string[] },
): Promise<boolean> {
  const result = await trx
    .updateTable("session")
    .set({
      reauthenticated_at: now,
      methods: sql<
        string[]
      >`array_remove(methods, 'anon') || array(select added from unnest(${[...methods]}::text[]) added where added <> all (methods))`,
      changed_at: sql<Date>`clock_timestamp()`,
    })
    .where("id", "=", sessionId)
    .where("revoked_at", "is", null)
    .where("idle_expires_at", ">", now)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Sets when the user of a session authenticated, where that was before the session began, and returns its internal id. */
export async function setAuthenticatedAt(
  trx: DatabaseTransaction,
  { publicId, at }: { readonly publicId: string; readonly at: Date },
): Promise<string | undefined> {
  const row = await trx
    .updateTable("session")
    .set({ reauthenticated_at: at })
    .where("public_id", "=", publicId)
    .returning("id")
    .executeTakeFirst();
  return row?.id;
}

/** A session that changed, or `roles`, and when: as text, because a `Date` has no microseconds. */
export interface ChangedSession {
  readonly public_id: string;
  readonly changed_at: string;
}

/** The sessions that changed within the last seconds, by the database's clock, and `roles` if a role did. */
export async function listChangedSessions(db: Database, seconds: number): Promise<readonly ChangedSession[]> {
  // PostgreSQL uses an index only for a time that is constant within the statement and known when planning;
  // `clock_timestamp()` is neither.
  const since = sql<Date>`statement_timestamp() - make_interval(secs => ${sql.lit(seconds)})`;
  const changedAt = sql<string>`changed_at::text`.as("changed_at");
  const changedRoles = db
    .selectFrom("role")
    .select([sql<string>`${sql.lit(changedRolesId)}`.as("public_id"), changedAt])
    .where("changed_at", ">", since);
  return await db
    .selectFrom("session")
    .select([sql<string>`public_id::text`.as("public_id"), changedAt])
    .where("changed_at", ">", since)
    .unionAll(changedRoles)
    .execute();
}

/** A device and its user: a session counts as being on the device as long as both have the same user. */
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
 * Locks the session until the transaction ends; returns `false` if it has been revoked. Code that locks a session and a device
 * locks the session first, as ending a session does: in another order the two could deadlock.
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

/** The part of the table that {@link deleteEndedSessions} looks at. */
interface EndedSessionsQuery {
  /** Sessions that ended or expired before this moment are deleted. */
  readonly before: Date;
  /** The internal id after which the part begins; `"0"` is before the first. */
  readonly after: string;
  readonly limit: number;
}

/**
 * Deletes the ended sessions in a part of the table. Returns how many there were, and where the next part begins: nowhere
 * after the last one. The table is walked by its primary key, because an index on the time of expiry would have to be
 * written by every refresh.
 */
export async function deleteEndedSessions(
  db: Database,
  { before, after, limit }: EndedSessionsQuery,
): Promise<{ readonly deleted: number; readonly next: string | undefined }> {
  const isEnded = sql`(revoked_at < ${before} or idle_expires_at < ${before} or expires_at < ${before})`;
  const { rows } = await sql<{ deleted: number; next: string | null }>`
    with part as materialized (
      select id, ${isEnded} as ended from session where id > ${after} order by id limit ${limit}
    ),
    gone as (
      delete from session where id = any(array(select id from part where ended)) and ${isEnded} returning id
    )
    select (select count(*) from gone)::int as deleted, (select max(id) from part) as next`.execute(db);
  return { deleted: rows[0]?.deleted ?? 0, next: rows[0]?.next ?? undefined };
}
