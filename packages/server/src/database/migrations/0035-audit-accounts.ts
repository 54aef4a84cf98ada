import { type Kysely, sql } from "kysely";

/**
 * Whose account an event is about, which the target alone does not tell: an administrator may end a session of another user. And
 * the transaction that wrote the event: the chain takes rows in this order, once no earlier transaction can still commit.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table audit_event
      add column account_id uuid,
      add column transaction_id xid8 not null default pg_current_xact_id()`.execute(db);
  await sql`
    create index audit_event_account_index on audit_event (account_id, id) where account_id is not null`.execute(db);
  await sql`create index audit_event_action_index on audit_event (action, id)`.execute(db);
  await sql`create index audit_event_transaction_index on audit_event (transaction_id, id)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index audit_event_transaction_index, audit_event_action_index, audit_event_account_index`.execute(db);
  await sql`alter table audit_event drop column transaction_id, drop column account_id`.execute(db);
}
