import { sql } from "kysely";
import type { Database } from "../../database/connection.ts";

/** The columns of a session and its user that live events report. */
export type SessionStateRow = Awaited<ReturnType<typeof readSessionStates>>[number];

/** Reads the sessions with these public ids, live or ended. Deleted sessions are missing. */
export async function readSessionStates(db: Database, publicIds: readonly string[]) {
  return await db
    .selectFrom("session")
    .innerJoin("user", "user.id", "session.user_id")
    .select([
      "session.public_id",
      "session.revoked_reason",
      "session.idle_expires_at",
      "session.expires_at",
      "user.status",
      "user.roles",
      "user.deleted_at",
    ])
    .where("session.public_id", "=", sql<string>`any(${publicIds}::uuid[])`)
    .execute();
}
