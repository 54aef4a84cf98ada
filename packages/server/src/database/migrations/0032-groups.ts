import { type Kysely, sql } from "kysely";

/**
 * Groups of users, which carry roles. Servers hear of a change as they hear of the end of a session, by triggers: a change of
 * what a group carries counts as a change of roles, and a change of members as a change of their sessions. A deleted group
 * allows nothing, so its members' sessions need no word; neither do those of a deleted user.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table "group" (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint group_public_id_key unique,
      name text not null,
      description text not null,
      roles text[] not null constraint group_without_admin_check check (not roles @> '{admin}'),
      created_at timestamptz not null,
      updated_at timestamptz not null
    )`.execute(db);
  await sql`create unique index group_name_key on "group" (lower(name))`.execute(db);
  await sql`create index group_roles_index on "group" using gin (roles) where roles <> '{}'`.execute(db);
  await sql`
    create table group_member (
      id bigint generated always as identity primary key,
      group_id bigint not null references "group" on delete cascade,
      user_id bigint not null references "user" on delete cascade,
      added_at timestamptz not null,
      constraint group_member_key unique (user_id, group_id)
    )`.execute(db);
  await sql`create index group_member_group_index on group_member (group_id, id)`.execute(db);
  await noteGroupChanges(db);
  await noteMemberChanges(db);
}

async function noteGroupChanges(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function note_group_change() returns trigger language plpgsql as $$
    begin
      -- Its own trigger dates and notifies the change.
      update role set changed_at = clock_timestamp() where name = 'user';
      return null;
    end $$`.execute(db);
  await sql`
    create trigger group_roles_change after update of roles on "group"
      for each row when (old.roles is distinct from new.roles) execute function note_group_change()`.execute(db);
  await sql`
    create trigger group_deletion after delete on "group"
      for each row when (old.roles <> '{}') execute function note_group_change()`.execute(db);
}

async function noteMemberChanges(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function note_member_change() returns trigger language plpgsql as $$
    begin
      update session set changed_at = clock_timestamp()
        where user_id in (select user_id from changed) and revoked_at is null;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger group_member_added after insert on group_member
      referencing new table as changed for each statement execute function note_member_change()`.execute(db);
  // A member who goes with the group or the user is deleted by the trigger of a foreign key.
  await sql`
    create trigger group_member_removed after delete on group_member
      referencing old table as changed for each statement when (pg_trigger_depth() = 0)
      execute function note_member_change()`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table group_member`.execute(db);
  await sql`drop table "group"`.execute(db);
  await sql`drop function note_member_change`.execute(db);
  await sql`drop function note_group_change`.execute(db);
}
