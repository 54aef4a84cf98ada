import type { Insertable, Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { SignInChallengeTable } from "../../database/tables.gen.ts";

/** A sign-in that waits for a second factor, as stored. */
export type SignInChallengeRow = Selectable<SignInChallengeTable>;

/** Stores a challenge. */
export async function insertChallenge(
  trx: DatabaseTransaction,
  values: Insertable<SignInChallengeTable>,
): Promise<void> {
  await trx.insertInto("sign_in_challenge").values(values).execute();
}

interface Guess {
  readonly digest: Uint8Array;
  /** Guesses at one challenge, the right one included. */
  readonly maxAttempts: number;
  readonly now: Date;
}

/**
 * Counts a guess and returns the challenge; `undefined` if it is unknown or expired, or if no guess is left. One statement does
 * both, so concurrent guesses are all counted.
 */
export async function countGuess(db: Database, guess: Guess): Promise<SignInChallengeRow | undefined> {
  return await db
    .updateTable("sign_in_challenge")
    .set((eb) => ({ attempts: eb("attempts", "+", 1) }))
    .where("digest", "=", guess.digest)
    .where("attempts", "<", guess.maxAttempts)
    .where("expires_at", ">", guess.now)
    .returningAll()
    .executeTakeFirst();
}

/** Finds an unexpired challenge. */
export async function findChallenge(
  db: Database,
  { digest, now }: Pick<Guess, "digest" | "now">,
): Promise<SignInChallengeRow | undefined> {
  return await db
    .selectFrom("sign_in_challenge")
    .selectAll()
    .where("digest", "=", digest)
    .where("expires_at", ">", now)
    .executeTakeFirst();
}

interface MailedCode {
  readonly id: string;
  readonly digest: Uint8Array;
  /** Codes that are mailed for one challenge. */
  readonly maxMails: number;
  readonly now: Date;
}

/** Stores the code that is mailed; returns `false` if the challenge expired, was used up, or has had all its mails. */
export async function storeMailedCode(
  trx: DatabaseTransaction,
  { id, digest, maxMails, now }: MailedCode,
): Promise<boolean> {
  const stored = await trx
    .updateTable("sign_in_challenge")
    .set((eb) => ({ code_digest: digest, codes_sent: eb("codes_sent", "+", 1) }))
    .where("id", "=", id)
    .where("codes_sent", "<", maxMails)
    .where("expires_at", ">", now)
    .returning("id")
    .executeTakeFirst();
  return stored !== undefined;
}

/** Uses up a challenge: one concurrent call gets it. */
export async function takeChallenge(trx: DatabaseTransaction, id: string, now: Date): Promise<boolean> {
  const taken = await trx
    .deleteFrom("sign_in_challenge")
    .where("id", "=", id)
    .where("expires_at", ">", now)
    .returning("id")
    .executeTakeFirst();
  return taken !== undefined;
}

/** Deletes the user's challenges: what was proven for them counts no more. */
export async function deleteChallenges(trx: DatabaseTransaction, userId: string): Promise<void> {
  await trx.deleteFrom("sign_in_challenge").where("user_id", "=", userId).execute();
}

/** Deletes challenges that expired before this moment, and returns how many. */
export async function deleteExpiredChallenges(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom("sign_in_challenge").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
