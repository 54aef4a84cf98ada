import { type Kysely, sql } from "kysely";

/** What would have been sent, where there is no mail server: development and tests. Elsewhere it stays empty. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table outbox_message (
      id bigint generated always as identity primary key,
      -- The message's own, the same at each try of its delivery.
      message_id uuid not null constraint outbox_message_message_id_key unique,
      kind text not null constraint outbox_message_kind_check check (kind in ('mail', 'sms', 'push')),
      recipient text not null,
      template text not null,
      subject text,
      text text not null,
      html text,
      created_at timestamptz not null
    )`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table outbox_message`.execute(db);
}
