import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { PageBounds } from "../../list-page.ts";

interface LiveSessions {
  readonly userId: string;
  readonly now: Date;
}

/**
 * The user's live sessions, the newest first. A device is included only while it is the user's: its next user's data is not
 * theirs to read.
 */
export async function listLiveSessions(db: Database, { userId, now }: LiveSessions, page: PageBounds) {
  return await db
    .selectFrom("session")
    .leftJoin("device", (join) =>
      join.onRef("device.id", "=", "session.device_id").onRef("device.user_id", "=", "session.user_id"),
    )
    .select([
      "session.id",
      "session.public_id",
      "session.ip",
      "session.user_agent",
      "session.methods",
      "session.remembered",
      "session.impersonator_id",
      "session.created_at",
      "session.last_seen_at",
      "session.idle_expires_at",
      "session.expires_at",
      "device.public_id as device_public_id",
      "device.installation_id as device_installation_id",
      "device.platform as device_platform",
      "device.name as device_name",
      "device.model as device_model",
      "device.os_version as device_os_version",
      "device.app_version as device_app_version",
    ])
    .where("session.user_id", "=", userId)
    .where("session.id", "<", page.below)
    .where("session.revoked_at", "is", null)
    .where("session.idle_expires_at", ">", now)
    .where("session.expires_at", ">", now)
    .orderBy("session.id", "desc")
    .limit(page.limit)
    .execute();
}

/** A session of {@link listLiveSessions}. */
export type ListedSession = Awaited<ReturnType<typeof listLiveSessions>>[number];

/** The internal id of one of the user's sessions, live or not. */
export async function findSessionId(
  trx: DatabaseTransaction,
  session: { readonly publicId: string; readonly userId: string },
): Promise<string | undefined> {
  const row = await trx
    .selectFrom("session")
    .select("id")
    .where("public_id", "=", session.publicId)
    .where("user_id", "=", session.userId)
    .executeTakeFirst();
  return row?.id;
}
