import type { Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { PasswordTable } from "../../database/tables.gen.ts";
import { kindOfIdentifier } from "../../user/canonical.ts";
import { isNewDevice } from "../session/start-store.ts";

interface NewPassword {
  readonly userId: string;
  /** Ours are PHC strings; imported hashes keep their own format. */
  readonly hash: string;
}

/** Stores a user's first password; returns `false` if they have one already. */
export async function insertPassword(trx: DatabaseTransaction, password: NewPassword, now: Date): Promise<boolean> {
  const inserted = await trx
    .insertInto("password")
    .values({ user_id: password.userId, hash: password.hash, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.column("user_id").doNothing())
    .returning("user_id")
    .executeTakeFirst();
  return inserted !== undefined;
}

/** A password as stored. */
export type PasswordRow = Pick<Selectable<PasswordTable>, "hash" | "version">;

/** An email address, username or telephone number in canonical form, and where the sign-in comes from. */
interface SoughtAccount {
  readonly identifier: string;
  readonly installationId: string | null;
  readonly ip: string;
  readonly userAgent: string | null;
}

const columns = { email: "user.email_canonical", phone: "user.phone", username: "user.username_canonical" } as const;

/**
 * The account, unless it is deleted, with its password, with the secret of the installation if that is the account's, and
 * whether the place is new to it.
 */
export async function findUserWithPassword(db: Database, { identifier, installationId, ip, userAgent }: SoughtAccount) {
  const kind = kindOfIdentifier(identifier);
  return await db
    .selectFrom("user")
    .leftJoin("password", "password.user_id", "user.id")
    .leftJoin("device", (join) =>
      join.onRef("device.user_id", "=", "user.id").on("device.installation_id", "=", installationId),
    )
    .selectAll("user")
    .select(["password.hash", "password.version", "device.secret_digest"])
    .select(isNewDevice({ installationId, ip, user_agent: userAgent }).as("is_new_device"))
    .where(columns[kind], "=", identifier)
    // A number that is not proven may be a stranger's.
    .$if(kind === "phone", (query) => query.where("user.phone_verified_at", "is not", null))
    .where("user.deleted_at", "is", null)
    .executeTakeFirst();
}

/** Finds the user's password; `undefined` for an account without one and, in the same time, for no account. */
export async function findPassword(db: Database, userId: string | null): Promise<PasswordRow | undefined> {
  return await db.selectFrom("password").select(["hash", "version"]).where("user_id", "=", userId).executeTakeFirst();
}

/** Whether the user's password still has this version. The user must be locked. */
export async function isPasswordVersion(
  trx: DatabaseTransaction,
  { userId, version }: { readonly userId: string; readonly version: number },
): Promise<boolean> {
  const row = await trx
    .selectFrom("password")
    .select("user_id")
    .where("user_id", "=", userId)
    .where("version", "=", version)
    .executeTakeFirst();
  return row !== undefined;
}

/** Replaces the password of this version; returns `false` if it was replaced already. */
export async function replacePassword(
  trx: DatabaseTransaction,
  password: NewPassword & { readonly version: number },
  now: Date,
): Promise<boolean> {
  const replaced = await trx
    .updateTable("password")
    .set({ hash: password.hash, version: password.version + 1, updated_at: now })
    .where("user_id", "=", password.userId)
    .where("version", "=", password.version)
    .executeTakeFirst();
  return replaced.numUpdatedRows === 1n;
}

/** Sets the user's password, whether they have one or not. */
export async function setPassword(trx: DatabaseTransaction, password: NewPassword, now: Date): Promise<void> {
  await trx
    .insertInto("password")
    .values({ user_id: password.userId, hash: password.hash, created_at: now, updated_at: now })
    .onConflict((conflict) =>
      conflict.column("user_id").doUpdateSet((eb) => ({
        hash: password.hash,
        version: eb("password.version", "+", 1),
        updated_at: now,
      })),
    )
    .execute();
}

/** Deletes the account's password; returns `false` if it has none. */
export async function deletePassword(trx: DatabaseTransaction, userId: string): Promise<boolean> {
  const result = await trx.deleteFrom("password").where("user_id", "=", userId).executeTakeFirst();
  return result.numDeletedRows === 1n;
}

/** Stores a new hash of the same password, unless the password changed. The version stays, so earlier proofs stay valid. */
export async function rehashPassword(
  db: Database,
  password: NewPassword & { readonly oldHash: string },
): Promise<void> {
  await db
    .updateTable("password")
    .set({ hash: password.hash })
    .where("user_id", "=", password.userId)
    .where("hash", "=", password.oldHash)
    .execute();
}
