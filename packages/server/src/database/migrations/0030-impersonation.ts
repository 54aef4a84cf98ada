import { type Kysely, sql } from "kysely";

/**
 * Sessions in which an administrator acts in a user's name. Triggers end them with the administrator's own session, and when the
 * administrator is disabled, deleted or given other roles, so that no way to do that can forget it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table session
      -- The public id of the administrator.
      add column impersonator_id uuid,
      -- The session from which they began, and with which it ends.
      add column impersonator_session_id bigint references session on delete cascade,
      add constraint session_impersonator_check check ((impersonator_id is null) = (impersonator_session_id is null))`.execute(
    db,
  );
  await sql`
    create index session_impersonator_index on session (impersonator_id) where impersonator_id is not null`.execute(db);
  await sql`
    create index session_impersonator_session_index on session (impersonator_session_id)
      where impersonator_session_id is not null`.execute(db);
  await sql`
    create function end_impersonations_of_session() returns trigger language plpgsql as $$
    begin
      update session set revoked_at = new.revoked_at, revoked_reason = 'impersonation_ended'
        where impersonator_session_id = new.id and revoked_at is null;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger end_impersonations after update of revoked_at on session
      for each row when (old.revoked_at is null and new.revoked_at is not null and new.impersonator_session_id is null)
      execute function end_impersonations_of_session()`.execute(db);
  await sql`
    create function end_impersonations_of_user() returns trigger language plpgsql as $$
    begin
      update session set revoked_at = new.updated_at, revoked_reason = 'impersonation_ended'
        where impersonator_id = new.public_id and revoked_at is null;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger end_impersonations after update of status, roles, deleted_at on "user"
      for each row when (old.roles <> '{}' and (old.status is distinct from new.status
        or old.roles is distinct from new.roles or old.deleted_at is distinct from new.deleted_at))
      execute function end_impersonations_of_user()`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop trigger end_impersonations on "user"`.execute(db);
  await sql`drop trigger end_impersonations on session`.execute(db);
  await sql`drop function end_impersonations_of_user`.execute(db);
  await sql`drop function end_impersonations_of_session`.execute(db);
  await sql`delete from session where impersonator_id is not null`.execute(db);
  await sql`
    alter table session drop column impersonator_id, drop column impersonator_session_id`.execute(db);
}
