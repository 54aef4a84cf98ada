import { type Kysely, sql } from "kysely";

/**
 * Tells every server of a change that concerns who may call: a session that ended, a user who was disabled, deleted or
 * given other roles. It is done by triggers, so that no way to make such a change can forget it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table session add column changed_at timestamptz`.execute(db);
  await sql`create index session_changed_at_index on session (changed_at) where changed_at is not null`.execute(db);
  await sql`
    create function note_session_change() returns trigger language plpgsql as $$
    begin
      -- The time of the database, which all servers share.
      new.changed_at := clock_timestamp();
      perform pg_notify('gatehouse_session_change', new.public_id::text);
      return new;
    end $$`.execute(db);
  await sql`
    create trigger session_change before update of revoked_at, changed_at on session
      for each row execute function note_session_change()`.execute(db);
  await sql`
    create function note_user_change() returns trigger language plpgsql as $$
    begin
      update session set changed_at = clock_timestamp() where user_id = new.id and revoked_at is null;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger user_change after update of status, roles, deleted_at on "user"
      for each row when (old.status is distinct from new.status or old.roles is distinct from new.roles
        or old.deleted_at is distinct from new.deleted_at)
      execute function note_user_change()`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop trigger user_change on "user"`.execute(db);
  await sql`drop function note_user_change`.execute(db);
  await sql`drop trigger session_change on session`.execute(db);
  await sql`drop function note_session_change`.execute(db);
  await sql`alter table session drop column changed_at`.execute(db);
}
