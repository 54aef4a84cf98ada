import { type Kysely, sql } from "kysely";

/**
 * The chain of the audit log. `audit_link` has a row for each event, which a job adds once no earlier transaction can still
 * commit: a digest of the event and of the link before it, for each month. What is personal enters by a salted commitment, so
 * that it can be erased and the chain still be verified. `audit_chain` holds the transaction up to which events are linked.
 * `audit_checkpoint` holds signed heads of the chain, and `audit_key` the key that signs them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table audit_link (
      month date not null,
      position bigint not null,
      event_id bigint not null,
      salt bytea,
      commitment bytea not null,
      digest bytea not null,
      primary key (month, position)
    ) partition by list (month)`.execute(db);
  await sql`create unique index audit_link_event_index on audit_link (month, event_id)`.execute(db);
  await sql`create table audit_chain (id boolean primary key default true check (id), horizon xid8 not null)`.execute(
    db,
  );
  await sql`insert into audit_chain (horizon) values ('0')`.execute(db);
  await sql`
    create table audit_key (
      key_id text primary key,
      public_jwk jsonb not null,
      private_key bytea not null,
      created_at timestamptz not null
    )`.execute(db);
  await sql`
    create table audit_checkpoint (
      id bigint generated always as identity primary key,
      created_at timestamptz not null,
      token text not null
    )`.execute(db);
  await createTriggers(db);
  await createPartitionFunctions(db);
}

/** Links are changed by erasure alone. Triggers on rows do not see `truncate`, so that has its own, on each partition. */
async function createTriggers(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function keep_audit_link() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' and new.salt is null and to_jsonb(new) - 'salt' = to_jsonb(old) - 'salt' then
        return new;
      end if;
      raise exception 'The chain of the audit log is append-only: links are neither changed nor deleted';
    end $$`.execute(db);
  await sql`
    create trigger keep_audit_link before update or delete on audit_link
      for each row execute function keep_audit_link()`.execute(db);
  await sql`
    create function keep_audit_table() returns trigger language plpgsql as $$
    begin
      raise exception 'The audit log is append-only: it is not truncated';
    end $$`.execute(db);
  for (const table of ["audit_event", "audit_event_default", "audit_link"]) {
    await sql`
      create trigger keep_audit_table before truncate on ${sql.table(table)}
        for each statement execute function keep_audit_table()`.execute(db);
  }
}

/** A month in the default partition is moved out of it first: PostgreSQL makes no partition for rows that it holds. */
async function createPartitionFunctions(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function create_audit_partition(month date) returns void language plpgsql as $$
    declare
      name text := 'audit_event_' || to_char(month, 'YYYY_MM');
      beginning text := to_char(month, 'YYYY-MM-01') || ' 00:00:00+00';
      ending text := to_char(month + interval '1 month', 'YYYY-MM-01') || ' 00:00:00+00';
    begin
      if to_regclass(name) is not null then return; end if;
      lock table audit_event_default in access exclusive mode;
      create temporary table audit_event_moved on commit drop as
        select * from audit_event_default where at >= beginning::timestamptz and at < ending::timestamptz;
      if exists (select from audit_event_moved) then
        alter table audit_event_default disable trigger user;
        delete from audit_event_default where at >= beginning::timestamptz and at < ending::timestamptz;
        alter table audit_event_default enable trigger user;
      end if;
      execute format('create table %I partition of audit_event for values from (%L) to (%L)', name, beginning, ending);
      execute format('create trigger keep_audit_table before truncate on %I
        for each statement execute function keep_audit_table()', name);
      insert into audit_event select * from audit_event_moved;
      drop table audit_event_moved;
    end $$`.execute(db);
  await sql`
    create function create_audit_link_partition(month date) returns void language plpgsql as $$
    declare
      name text := 'audit_link_' || to_char(month, 'YYYY_MM');
    begin
      if to_regclass(name) is not null then return; end if;
      execute format('create table %I partition of audit_link for values in (%L)', name, to_char(month, 'YYYY-MM-01'));
      execute format('create trigger keep_audit_table before truncate on %I
        for each statement execute function keep_audit_table()', name);
    end $$`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table audit_checkpoint, audit_key, audit_chain, audit_link`.execute(db);
  await sql`drop function create_audit_link_partition`.execute(db);
  await sql`drop function keep_audit_link`.execute(db);
  await sql`drop function keep_audit_table cascade`.execute(db);
  await sql`
    create or replace function create_audit_partition(month date) returns void language plpgsql as $$
    begin
      execute format('create table if not exists %I partition of audit_event for values from (%L) to (%L)',
        'audit_event_' || to_char(month, 'YYYY_MM'),
        to_char(month, 'YYYY-MM-01') || ' 00:00:00+00',
        to_char(month + interval '1 month', 'YYYY-MM-01') || ' 00:00:00+00');
    end $$`.execute(db);
}
