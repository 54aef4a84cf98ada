import { sql } from "kysely";
import type { DatabaseTransaction } from "../database/connection.ts";

/**
 * Empties `personal` of the events that have the user in this column, which the table's trigger permits, and the salts of their
 * links, with which what was there could be guessed. The chain must be locked.
 */
export async function clearPersonal(
  trx: DatabaseTransaction,
  column: "actor_id" | "impersonator_id" | "account_id",
  userPublicId: string,
): Promise<void> {
  await sql`
    with cleared as (
      update audit_event set personal = '{}'
      where ${sql.ref(column)} = ${userPublicId}::uuid and personal <> '{}'::jsonb
      returning id, date_trunc('month', at at time zone 'UTC')::date as month
    )
    update audit_link set salt = null
    from cleared
    where audit_link.month = cleared.month and audit_link.event_id = cleared.id and audit_link.salt is not null`.execute(
    trx,
  );
}
