import { type Kysely, sql } from "kysely";

/**
 * The audit log: a row for each mutation, written in its transaction. A partition for each month, so that retention drops whole
 * partitions. `audit_event_default` takes what no month takes, so that a missing partition fails no call.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create sequence audit_event_id_seq`.execute(db);
  // A sequence and no identity column: PostgreSQL before 17 has none in partitioned tables.
  await sql`
    create table audit_event (
      id bigint not null default nextval('audit_event_id_seq'),
      public_id uuid not null default gen_random_uuid(),
      at timestamptz not null,
      action text not null,
      actor_kind text not null check (actor_kind in ('user', 'anonymous', 'operator', 'system')),
      actor_id uuid,
      impersonator_id uuid,
      api_key_id uuid,
      target_kind text not null,
      target_id text not null,
      request_id text,
      personal jsonb not null,
      primary key (id, at)
    ) partition by range (at)`.execute(db);
  await sql`alter sequence audit_event_id_seq owned by audit_event.id`.execute(db);
  await sql`create index audit_event_actor_index on audit_event (actor_id, id) where actor_id is not null`.execute(db);
  await sql`create index audit_event_target_index on audit_event (target_id, id)`.execute(db);
  await sql`create table audit_event_default partition of audit_event default`.execute(db);
  await sql`
    create function create_audit_partition(month date) returns void language plpgsql as $$
    begin
      execute format('create table if not exists %I partition of audit_event for values from (%L) to (%L)',
        'audit_event_' || to_char(month, 'YYYY_MM'),
        to_char(month, 'YYYY-MM-01') || ' 00:00:00+00',
        to_char(month + interval '1 month', 'YYYY-MM-01') || ' 00:00:00+00');
    end $$`.execute(db);
  await sql`
    select create_audit_partition((date_trunc('month', now() at time zone 'UTC') + make_interval(months => later))::date)
    from generate_series(0, 2) as later`.execute(db);
  await sql`
    create function keep_audit_event() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' and new.personal = '{}' and to_jsonb(new) - 'personal' = to_jsonb(old) - 'personal' then
        return new;
      end if;
      raise exception 'The audit log is append-only: rows are neither changed nor deleted';
    end $$`.execute(db);
  await sql`
    create trigger keep_audit_event before update or delete on audit_event
      for each row execute function keep_audit_event()`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table audit_event`.execute(db);
  await sql`drop function keep_audit_event`.execute(db);
  await sql`drop function create_audit_partition`.execute(db);
}
