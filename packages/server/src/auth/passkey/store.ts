import { type Insertable, type Selectable, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { prepareShortRead } from "../../database/prepared-query.ts";
import type { PasskeyTable } from "../../database/tables.gen.ts";
import type { PageBounds } from "../../list-page.ts";
import type { OpenedChallenge } from "./challenge.ts";

/** A passkey as stored. */
export type PasskeyRow = Selectable<PasskeyTable>;

/** The unique constraint on the ids that authenticators choose. */
export const credentialIdKey = "passkey_credential_id_key";

/** Adds a passkey. One that is registered already violates {@link credentialIdKey}. */
export async function insertPasskey(trx: DatabaseTransaction, values: Insertable<PasskeyTable>): Promise<PasskeyRow> {
  return await trx.insertInto("passkey").values(values).returningAll().executeTakeFirstOrThrow();
}

/** Returns the user's handle, and stores this one if there is none; all calls of a user get the same. */
export async function putHandle(db: Database, userId: string, handle: Uint8Array): Promise<Uint8Array> {
  const row = await db
    .insertInto("passkey_handle")
    .values({ user_id: userId, handle })
    .onConflict((conflict) => conflict.column("user_id").doUpdateSet((eb) => ({ user_id: eb.ref("excluded.user_id") })))
    .returning("handle")
    .executeTakeFirstOrThrow();
  return row.handle;
}

/** Counts the user's passkeys. Lock the user before, or the count may be out of date at once. */
export async function countPasskeys(db: Database, userId: string): Promise<number> {
  const { count } = await db
    .selectFrom("passkey")
    .select((select) => select.fn.countAll().as("count"))
    .where("user_id", "=", userId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Whether the user has a passkey. */
export async function hasPasskey(db: Database, userId: string): Promise<boolean> {
  const row = await db.selectFrom("passkey").select("id").where("user_id", "=", userId).limit(1).executeTakeFirst();
  return row !== undefined;
}

/** What browsers are told of the user's passkeys. There are no more than `PASSKEYS_PER_USER`. */
export async function listCredentials(db: Database, userId: string) {
  return await db
    .selectFrom("passkey")
    .select(["credential_id", "transports"])
    .where("user_id", "=", userId)
    .orderBy("id")
    .execute();
}

/** The user's passkeys, the newest first. */
export async function listPasskeysOf(db: Database, userId: string, page: PageBounds): Promise<readonly PasskeyRow[]> {
  return await db
    .selectFrom("passkey")
    .selectAll()
    .where("user_id", "=", userId)
    .where("id", "<", page.below)
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
}

const selectPasskey = prepareShortRead((db, { credentialId }: { credentialId: Buffer }) =>
  db
    .selectFrom("passkey")
    .innerJoin("passkey_handle", "passkey_handle.user_id", "passkey.user_id")
    .selectAll("passkey")
    .select("passkey_handle.handle")
    .where("passkey.credential_id", "=", credentialId),
);

/** A passkey with the handle of its user. */
export type PasskeyWithHandle = PasskeyRow & { readonly handle: Uint8Array };

/** The passkey of this id, with the handle of its user. */
export async function findPasskey(db: Database, credentialId: Buffer): Promise<PasskeyWithHandle | undefined> {
  const [row] = await selectPasskey(db, { credentialId });
  return row;
}

/** Whether the passkey was not removed. */
export async function isPasskeyKept(db: Database, id: string): Promise<boolean> {
  const row = await db.selectFrom("passkey").select("id").where("id", "=", id).executeTakeFirst();
  return row !== undefined;
}

/** A passkey, and the user whose it must be. */
interface OwnedPasskey {
  readonly publicId: string;
  readonly userId: string;
}

/** Renames a passkey of the user, and returns it with its former name. */
export async function renamePasskeyOf(trx: DatabaseTransaction, { publicId, userId }: OwnedPasskey, name: string) {
  return await trx
    .updateTable("passkey")
    .from("passkey as before")
    .set({ name })
    .whereRef("before.id", "=", "passkey.id")
    .where("passkey.public_id", "=", publicId)
    .where("passkey.user_id", "=", userId)
    .returningAll("passkey")
    .returning("before.name as former_name")
    .executeTakeFirst();
}

/** Deletes a passkey of the user; returns it, or `undefined` if they have no such passkey. */
export async function deletePasskeyOf(
  trx: DatabaseTransaction,
  { publicId, userId }: OwnedPasskey,
): Promise<PasskeyRow | undefined> {
  return await trx
    .deleteFrom("passkey")
    .where("public_id", "=", publicId)
    .where("user_id", "=", userId)
    .returningAll()
    .executeTakeFirst();
}

/** Deletes every passkey of the user and their handle; returns the public ids of the passkeys. */
export async function deletePasskeysOf(trx: DatabaseTransaction, userId: string): Promise<readonly string[]> {
  await trx.deleteFrom("passkey_handle").where("user_id", "=", userId).execute();
  const rows = await trx.deleteFrom("passkey").where("user_id", "=", userId).returning("public_id").execute();
  return rows.map((row) => row.public_id);
}

/** A use of a passkey whose signature was verified. */
interface PasskeyUse {
  readonly passkey: Pick<PasskeyRow, "id" | "user_id">;
  readonly challenge: OpenedChallenge;
  readonly counter: number;
  readonly isBackedUp: boolean;
  readonly now: Date;
}

/** What came of a use: each requires the one before it. */
interface RecordedUse {
  /** Whether the user may sign in; the row is locked, so that it stays so until the transaction ends. */
  readonly isAdmitted: boolean;
  /** Whether the challenge was answered for the first time. */
  readonly isFirst: boolean;
  /** Whether the counter went forwards, or need not. */
  readonly isCounted: boolean;
}

/**
 * Spends the challenge and stores the use, in one statement. The counter of a passkey that stays on its device has to grow, unless
 * it is always 0; copies of others count for themselves. The user is locked before the passkey, as a removal does.
 */
export async function recordPasskeyUse(trx: DatabaseTransaction, use: PasskeyUse): Promise<RecordedUse> {
  const { passkey, challenge, counter, isBackedUp, now } = use;
  const { rows } = await sql<RecordedUse>`
    with holder as (
      select id from "user" where id = ${passkey.user_id} and status = 'active' and deleted_at is null for share
    ),
    spent as (
      insert into spent_passkey_challenge (digest, expires_at)
      select ${challenge.digest}, ${challenge.expiresAt} from holder
      on conflict do nothing
      returning digest
    ),
    used as (
      update passkey set counter = ${counter}, backed_up = ${isBackedUp}, last_used_at = ${now}
      from holder, spent
      where passkey.id = ${passkey.id} and passkey.user_id = holder.id
        and (passkey.counter < ${counter} or passkey.counter = 0 or passkey.backup_eligible)
      returning passkey.id
    )
    select exists (select from holder) as "isAdmitted", exists (select from spent) as "isFirst",
      exists (select from used) as "isCounted"`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new Error("a statement without a from clause returns one row");
  return row;
}
