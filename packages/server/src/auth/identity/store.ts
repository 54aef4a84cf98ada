import type { Insertable, Selectable } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { IdentityTable } from "../../database/tables.gen.ts";
import { isNewDevice } from "../session/start-store.ts";

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

/** An issuer's subject, and where it signs in. */
interface SubjectAtPlace extends Pick<IdentityRow, "issuer" | "subject"> {
  readonly installationId: string | null;
  readonly ip: string;
  readonly userAgent: string | null;
}

/** The account of an identity, unless it is deleted, with the ids of the identity and whether the place is new to the account. */
export async function findUserByIdentity(
  db: Database,
  { issuer, subject, installationId, ip, userAgent }: SubjectAtPlace,
) {
  return await db
    .selectFrom("identity")
    .innerJoin("user", "user.id", "identity.user_id")
    .selectAll("user")
    .select(["identity.id as identity_id", "identity.public_id as identity_public_id"])
    .select(isNewDevice({ installationId, ip, user_agent: userAgent }).as("is_new_device"))
    .where("identity.issuer", "=", issuer)
    .where("identity.subject", "=", subject)
    .where("user.deleted_at", "is", null)
    .executeTakeFirst();
}

/** What a sign-in stores of an identity. */
export type IdentityChanges = Pick<IdentityRow, "provider" | "email" | "last_used_at"> &
  Partial<Pick<IdentityRow, "tokens">>;

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
export async function recordUse(trx: DatabaseTransaction, id: string, use: IdentityChanges): Promise<boolean> {
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
