import { type Kysely, sql } from "kysely";

/** The session that asked for a change of many accounts, and why such a change stopped before its end. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table bulk_operation
      -- The public id; null if an API key asked, and once the operation is over.
      add column session_id uuid,
      add column stop_reason text constraint bulk_operation_stop_reason_check
        check (stop_reason in ('account_ended', 'permission_lost', 'session_ended', 'api_key_revoked')),
      add constraint bulk_operation_stopped_check check (stop_reason is null or status = 'stopped')`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table bulk_operation drop column session_id, drop column stop_reason`.execute(db);
}
