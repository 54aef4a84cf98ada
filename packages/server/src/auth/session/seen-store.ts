import type { Database } from "../../database/connection.ts";

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
    .where("impersonator_id", "is", null)
    .groupBy("ip")
    .orderBy((eb) => eb.fn.max("id"), "desc")
    .limit(limit)
    .execute();
  return rows.flatMap(({ ip }) => (ip === null ? [] : [ip]));
}
