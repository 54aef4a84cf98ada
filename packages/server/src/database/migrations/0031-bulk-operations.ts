import { type Kysely, sql } from "kysely";

/** Changes of many accounts, which a job makes one account after the other. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table bulk_operation (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint bulk_operation_public_id_key unique,
      action text not null constraint bulk_operation_action_check check (action in ('disable', 'enable', 'delete')),
      reason text,
      -- The filter as it was sent; null if the accounts were named, whose targets are there from the start.
      filter jsonb,
      -- Who asked for it, and from where.
      call jsonb not null,
      status text not null constraint bulk_operation_status_check
        check (status in ('waiting', 'running', 'done', 'stopped')),
      total integer not null,
      done integer not null default 0,
      refused integer not null default 0,
      created_at timestamptz not null,
      finished_at timestamptz
    )`.execute(db);
  await sql`
    create table bulk_target (
      operation_id bigint not null references bulk_operation on delete cascade,
      user_id bigint not null references "user" on delete cascade,
      primary key (operation_id, user_id)
    )`.execute(db);
  await sql`create index bulk_target_user_index on bulk_target (user_id)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table bulk_target`.execute(db);
  await sql`drop table bulk_operation`.execute(db);
}
