import { type Kysely, sql } from "kysely";

/** Accounts that their users deleted, with the digest of the link that restores them, and what erasing an account looks up. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table account_deletion (
      user_id bigint primary key references "user" on delete cascade,
      -- The user's own deletion, so that the link does not undo a later one by an administrator.
      deleted_at timestamptz not null,
      digest bytea not null constraint account_deletion_digest_key unique
    )`.execute(db);
  await sql`create index user_deleted_at_index on "user" (deleted_at, id) where deleted_at is not null`.execute(db);
  await sql`create index outbox_message_recipient_index on outbox_message (recipient)`.execute(db);
  await sql`
    create index audit_event_impersonator_index on audit_event (impersonator_id) where impersonator_id is not null`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index audit_event_impersonator_index`.execute(db);
  await sql`drop index outbox_message_recipient_index`.execute(db);
  await sql`drop index user_deleted_at_index`.execute(db);
  await sql`drop table account_deletion`.execute(db);
}
