import type { Insertable, Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { SignInCodeTable } from "../../database/tables.gen.ts";

/** A code as stored. */
export type SignInCodeRow = Selectable<SignInCodeTable>;

/** Stores a code. */
export async function insertCode(db: Database, values: Insertable<SignInCodeTable>): Promise<void> {
  await db.insertInto("sign_in_code").values(values).execute();
}

/** Finds the code with this digest, used or not, expired or not. */
export async function findCode(db: Database, digest: Uint8Array): Promise<SignInCodeRow | undefined> {
  return await db.selectFrom("sign_in_code").selectAll().where("digest", "=", digest).executeTakeFirst();
}

/**
 * Uses the code up: of any number of calls, on any number of servers, one does. Returns `false` if it is used or expired, or if
 * the session that hands its sign-in over has ended.
 */
export async function takeCode(trx: DatabaseTransaction, digest: Uint8Array, now: Date): Promise<boolean> {
  const result = await trx
    .updateTable("sign_in_code")
    .set({ used_at: now })
    .where("digest", "=", digest)
    .where("used_at", "is", null)
    .where("expires_at", ">", now)
    .where((eb) =>
      eb.or([
        eb("source_session_id", "is", null),
        eb.exists(
          eb
            .selectFrom("session")
            .select("session.id")
            .whereRef("session.id", "=", "sign_in_code.source_session_id")
            .where("session.revoked_at", "is", null)
            .where("session.idle_expires_at", ">", now)
            .where("session.expires_at", ">", now),
        ),
      ]),
    )
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Stores which session the code gave. */
export async function setSession(trx: DatabaseTransaction, digest: Uint8Array, sessionId: string): Promise<void> {
  await trx.updateTable("sign_in_code").set({ session_id: sessionId }).where("digest", "=", digest).execute();
}

/** Deletes the unused codes of a user. */
export async function deleteCodesOf(trx: DatabaseTransaction, userId: string): Promise<void> {
  await trx.deleteFrom("sign_in_code").where("user_id", "=", userId).where("used_at", "is", null).execute();
}

/** Deletes the codes that expired before this moment, and returns how many. */
export async function deleteExpiredCodes(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom("sign_in_code").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
