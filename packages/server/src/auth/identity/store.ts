import type { Insertable, Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { IdentityTable } from "../../database/tables.gen.ts";

/** An identity as stored. */
export type IdentityRow = Selectable<IdentityTable>;

/** Finds the identity of an issuer's subject; it belongs to one user at most. */
export async function findIdentity(
  db: Database,
  { issuer, subject }: Pick<IdentityRow, "issuer" | "subject">,
): Promise<IdentityRow | undefined> {
  return await db
    .selectFrom("identity")
    .selectAll()
    .where("issuer", "=", issuer)
    .where("subject", "=", subject)
    .executeTakeFirst();
}

/** Stores an identity; returns `false` if a user has it already. */
export async function insertIdentity(trx: DatabaseTransaction, values: Insertable<IdentityTable>): Promise<boolean> {
  const inserted = await trx
    .insertInto("identity")
    .values(values)
    .onConflict((conflict) => conflict.columns(["issuer", "subject"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Stores what the provider said at a sign-in; returns `false` if there is no such identity any more. */
export async function recordUse(
  trx: DatabaseTransaction,
  id: string,
  use: Pick<IdentityRow, "provider" | "email" | "last_used_at"> & Partial<Pick<IdentityRow, "tokens">>,
): Promise<boolean> {
  const result = await trx.updateTable("identity").set(use).where("id", "=", id).executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** The identities of a user, the oldest first. There are few: each is a sign-in at a provider. */
export async function listIdentitiesOf(db: Database, userId: string): Promise<readonly IdentityRow[]> {
  return await db.selectFrom("identity").selectAll().where("user_id", "=", userId).orderBy("id").execute();
}

/** Which of a user's identities. */
interface OwnIdentities {
  readonly userId: string;
  readonly provider: string;
  /** The public id of one of them. Default: all at the provider. */
  readonly publicId?: string | undefined;
}

/** Deletes identities, and returns their public ids. */
export async function deleteIdentities(
  trx: DatabaseTransaction,
  { userId, provider, publicId }: OwnIdentities,
): Promise<readonly string[]> {
  const rows = await trx
    .deleteFrom("identity")
    .where("user_id", "=", userId)
    .where("provider", "=", provider)
    .$if(publicId !== undefined, (query) => query.where("public_id", "=", publicId ?? ""))
    .returning("public_id")
    .execute();
  return rows.map((row) => row.public_id);
}

/** Deletes every identity of a user, and returns their public ids. */
export async function deleteIdentitiesOf(trx: DatabaseTransaction, userId: string): Promise<readonly string[]> {
  const rows = await trx.deleteFrom("identity").where("user_id", "=", userId).returning("public_id").execute();
  return rows.map((row) => row.public_id);
}
