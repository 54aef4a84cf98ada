import { sql } from "kysely";
import { type EventColumns, writeEvents } from "../../audit/event-store.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { SessionRow } from "./store.ts";

/** Why a session was ended. */
type RevocationReason = NonNullable<SessionRow["revoked_reason"]>;

/** Which of a user's sessions end, and why. */
export interface SessionsToEnd {
  readonly userId: string;
  readonly reason: RevocationReason;
  /** The internal id of the only session to end. Default: all end. */
  readonly only?: string;
  /** The internal id of a session that does not end. */
  readonly except?: string;
}

/** A session that this call ended. */
interface EndedSession {
  readonly public_id: string;
  readonly device_id: string | null;
}

/** The moment at which sessions end, and the event of each. */
interface Ending {
  readonly now: Date;
  readonly event: EventColumns;
}

/** Revokes the sessions that have not been revoked yet, writes the event of each, and returns them. */
export async function revokeSessions(
  trx: DatabaseTransaction,
  { userId, reason, only, except }: SessionsToEnd,
  { now, event }: Ending,
): Promise<readonly EndedSession[]> {
  const recorded = writeEvents(event, {
    targetId: sql`ended.public_id`,
    accountId: sql`"user".public_id`,
    from: sql`ended join "user" on "user".id = ended.user_id`,
  });
  const { rows } = await sql<EndedSession>`
    with ended as (
      update session set revoked_at = ${now}, revoked_reason = ${reason}
      where user_id = ${userId} and revoked_at is null
        ${only === undefined ? sql`` : sql`and id = ${only}`} ${except === undefined ? sql`` : sql`and id <> ${except}`}
      returning public_id, device_id, user_id
    ),
    recorded as (${recorded})
    select public_id, device_id from ended`.execute(trx);
  return rows;
}

/** Why the session with this public id was ended; `undefined` if nobody ended it, or if it is gone since it ended long ago. */
export async function findRevocationReason(db: Database, publicId: string): Promise<RevocationReason | undefined> {
  const row = await db
    .selectFrom("session")
    .select("revoked_reason")
    .where("public_id", "=", publicId)
    .executeTakeFirst();
  return row?.revoked_reason ?? undefined;
}
