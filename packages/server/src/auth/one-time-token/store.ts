import { type Insertable, type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { OneTimeTokenTable } from "../../database/tables.gen.ts";

/** The only purpose that a token serves. */
export type TokenPurpose = OneTimeTokenTable["purpose"];

/** A token as stored. */
export type OneTimeTokenRow = Selectable<OneTimeTokenTable>;

/** Stores the token; it replaces the user's token of the same purpose and slot. */
export async function putToken(trx: DatabaseTransaction, values: Insertable<OneTimeTokenTable>): Promise<void> {
  await trx
    .insertInto("one_time_token")
    .values(values)
    .onConflict((conflict) => conflict.columns(["user_id", "purpose", "slot"]).doUpdateSet(replacement(values)))
    .execute();
}

/**
 * Stores the token, unless the user's token of the same purpose and slot has the same target, can be sent again and is valid
 * after this moment. That token is then returned, locked until the transaction ends.
 */
export async function putTokenUnlessHeld(
  trx: DatabaseTransaction,
  values: Insertable<OneTimeTokenTable>,
  after: Date,
): Promise<OneTimeTokenRow | undefined> {
  const stored = await trx
    .insertInto("one_time_token")
    .values(values)
    .onConflict((conflict) =>
      conflict
        .columns(["user_id", "purpose", "slot"])
        .doUpdateSet(replacement(values))
        .where((eb) =>
          eb.or([
            eb("one_time_token.target", "!=", values.target),
            eb("one_time_token.nonce", "is", null),
            eb("one_time_token.expires_at", "<=", after),
          ]),
        ),
    )
    .returning("id")
    .executeTakeFirst();
  if (stored !== undefined) return undefined;
  // The conflict has locked the row.
  return await tokensOf(trx, values.user_id, values.purpose).where("slot", "=", values.slot).executeTakeFirst();
}

function replacement(values: Insertable<OneTimeTokenTable>) {
  const { user_id: _user, purpose: _purpose, slot: _slot, nonce = null, ...replaced } = values;
  return { asked_ip: null, asked_user_agent: null, asked_at: null, redirect_to: null, ...replaced, nonce };
}

type Request = Pick<Insertable<OneTimeTokenTable>, "asked_ip" | "asked_user_agent" | "asked_at" | "redirect_to">;

/** Stores who asked for the token last and when, and where they want its page to lead. */
export async function setRequest(
  trx: DatabaseTransaction,
  id: string,
  { asked_ip, asked_user_agent, asked_at, redirect_to }: Request,
): Promise<void> {
  await trx
    .updateTable("one_time_token")
    .set({ asked_ip, asked_user_agent, asked_at, redirect_to })
    .where("id", "=", id)
    .execute();
}

interface Presented {
  readonly purposes: readonly TokenPurpose[];
  readonly digest: Uint8Array;
  readonly now: Date;
}

/** Whether the user has a token of this purpose for exactly this address, valid or expired. */
export async function isHeld(
  trx: DatabaseTransaction,
  held: { readonly userId: string; readonly purpose: TokenPurpose; readonly target: string },
): Promise<boolean> {
  const row = await tokensOf(trx, held.userId, held.purpose).where("target", "=", held.target).executeTakeFirst();
  return row !== undefined;
}

/** The user's tokens of this purpose. */
function tokensOf(trx: DatabaseTransaction, userId: string, purpose: TokenPurpose) {
  return trx.selectFrom("one_time_token").selectAll().where("user_id", "=", userId).where("purpose", "=", purpose);
}

/** Finds the valid token of this digest, without using it up. */
export async function findToken(db: Database, presented: Presented): Promise<OneTimeTokenRow | undefined> {
  return await db
    .selectFrom("one_time_token")
    .selectAll()
    .where("digest", "=", presented.digest)
    .where("purpose", "in", presented.purposes)
    .where("expires_at", ">", presented.now)
    .executeTakeFirst();
}

/** Uses up the token: one concurrent call gets it. A token that was replaced has another digest. */
export async function takeToken(
  trx: DatabaseTransaction,
  token: Pick<OneTimeTokenRow, "id" | "digest">,
  now: Date,
): Promise<boolean> {
  const taken = await trx
    .deleteFrom("one_time_token")
    .where("id", "=", token.id)
    .where("digest", "=", token.digest)
    .where("expires_at", ">", now)
    .returning("id")
    .executeTakeFirst();
  return taken !== undefined;
}

interface Attempt {
  readonly userId: string;
  readonly purpose: TokenPurpose;
  readonly maxAttempts: number;
  readonly now: Date;
}

/**
 * Counts a guess and returns the token to compare it with; `undefined` if there is no valid code or no guess is left. One
 * statement does both, so concurrent guesses are all counted.
 */
export async function countAttempt(db: Database, attempt: Attempt): Promise<OneTimeTokenRow | undefined> {
  return await db
    .updateTable("one_time_token")
    .set((eb) => ({ attempts: eb("attempts", "+", 1) }))
    .where("user_id", "=", attempt.userId)
    .where("purpose", "=", attempt.purpose)
    .where("attempts", "<", attempt.maxAttempts)
    .where("expires_at", ">", attempt.now)
    .returningAll()
    .executeTakeFirst();
}

/** Deletes the user's tokens; with `purposes`, only those. */
export async function dropTokens(
  trx: DatabaseTransaction,
  userId: string,
  purposes?: readonly TokenPurpose[],
): Promise<void> {
  const all = trx.deleteFrom("one_time_token").where("user_id", "=", userId);
  await (purposes === undefined ? all : all.where("purpose", "in", purposes)).execute();
}

/**
 * Deletes the user's tokens after an address was taken back by this link. Links that undo an earlier change stay, since the
 * earlier address has the older claim.
 */
export async function dropTokensAfterUndo(
  trx: DatabaseTransaction,
  { user_id, created_at }: Pick<OneTimeTokenRow, "user_id" | "created_at">,
): Promise<void> {
  const undo: TokenPurpose = "undo_email_change";
  await trx
    .deleteFrom("one_time_token")
    .where("user_id", "=", user_id)
    .where((eb) => eb.or([eb("purpose", "!=", undo), eb("created_at", ">=", created_at)]))
    .execute();
}

interface Claim {
  /** `null` for somebody who has no account yet. */
  readonly userId: string | null;
  readonly emailCanonical: string;
  readonly now: Date;
}

/** Whether another user may still undo a change away from this address. */
export async function isReservedForUndo(db: Database, { emailCanonical, userId, now }: Claim): Promise<boolean> {
  const { rows } = await sql<{ is_reserved: boolean }>`
    select is_reserved_for_undo(${emailCanonical}, ${userId}, ${now}) as is_reserved`.execute(db);
  return rows[0]?.is_reserved ?? false;
}

/** Finds which of these canonical addresses a user may still take back by undoing a change. */
export async function findReservedForUndo(
  trx: DatabaseTransaction,
  emails: readonly string[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const rows = await trx
    .selectFrom("one_time_token")
    .select("target_canonical")
    .where("purpose", "=", "undo_email_change" satisfies TokenPurpose)
    // One array, since PostgreSQL limits the number of parameters.
    .where((eb) => eb("target_canonical", "=", eb.fn.any(eb.val([...emails]))))
    .where("expires_at", ">", now)
    .execute();
  return new Set(rows.map((row) => row.target_canonical));
}

/** Deletes tokens that expired before this moment, and returns how many. */
export async function deleteExpiredTokens(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom("one_time_token").where("expires_at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
