import type { Database } from "../../database/connection.ts";

/** Where a user signs in from. */
interface SeenFrom {
  readonly userId: string;
  readonly ip: string;
  readonly userAgent: string | null;
  readonly installationId: string | undefined;
}

/**
 * Whether the user has signed in before, but neither on this installation nor with this user agent from this address. A user's
 * first sign-in never counts as one on a new device.
 */
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

/** Which sessions of a user to read. */
interface SeenSessions {
  readonly userId: string;
  /** Only sessions used at this time or later, ended ones included. */
  readonly since: Date;
  readonly limit: number;
}

/** The addresses that the user signed in from, those of the newest sessions first. */
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
