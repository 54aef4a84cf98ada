import { sql } from "kysely";
import type { DatabaseTransaction } from "../../database/connection.ts";

/** A locked user, and what the server offers to sign in with. */
interface WaysIn {
  readonly userId: string;
  /** Whether it can send links. */
  readonly canMail: boolean;
  /** The names of the providers that are configured; an identity at another one opens nothing. */
  readonly providers: readonly string[];
}

/**
 * Whether the user can still sign in somehow: by a password, a passkey, an identity at a provider, or a link to a proven address. Every
 * further way to sign in belongs into this one statement. The user must be locked, as everybody who removes a way in does.
 */
export async function hasWayIn(trx: DatabaseTransaction, { userId, canMail, providers }: WaysIn): Promise<boolean> {
  const { rows } = await sql<{ has_way_in: boolean }>`
    select
      exists (select from password where user_id = ${userId})
      or exists (select from passkey where user_id = ${userId})
      or exists (select from identity where user_id = ${userId} and provider = any(${[...providers]}::text[]))
      or (${canMail}::boolean and exists (select from "user" where id = ${userId} and email_verified_at is not null))
      as has_way_in`.execute(trx);
  return rows[0]?.has_way_in === true;
}
