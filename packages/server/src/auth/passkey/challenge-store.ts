import { sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { OpenedChallenge } from "./challenge.ts";

/** Spends a challenge: of any number of transactions, on any number of servers, one gets `true`. The others wait for it. */
export async function spendChallenge(
  trx: DatabaseTransaction,
  { digest, expiresAt }: OpenedChallenge,
): Promise<boolean> {
  const row = await trx
    .insertInto("spent_passkey_challenge")
    .values({ digest, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .returning("digest")
    .executeTakeFirst();
  return row !== undefined;
}

/** Deletes the challenges that have expired, at most so many; returns how many. */
export async function deleteSpentChallenges(db: Database, now: Date, limit: number): Promise<number> {
  const expired = db
    .selectFrom("spent_passkey_challenge")
    .select("digest")
    .where("expires_at", "<", now)
    .orderBy("expires_at")
    .limit(limit);
  // An array, by which PostgreSQL looks each row up; for a list of a subquery it may read the whole table.
  const found = sql<Buffer>`any(array(${expired}))`;
  const result = await db.deleteFrom("spent_passkey_challenge").where("digest", "=", found).executeTakeFirst();
  return Number(result.numDeletedRows);
}
