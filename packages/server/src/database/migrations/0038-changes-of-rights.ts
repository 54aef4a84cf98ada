import { type Kysely, sql } from "kysely";

/**
 * The last administrator is kept by a lock of its own: a call that gives a role locks the role and then the user, and the trigger
 * locked them in the other order. And impersonations end when their administrator leaves a group or the group carries other
 * roles, as they do when the administrator is given other roles.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Any number that no other advisory lock of one argument uses.
  await replaceKeepLastAdmin(db, "perform pg_advisory_xact_lock(5390176243)");
  await sql`
    create function end_impersonations_of_removed() returns trigger language plpgsql as $$
    begin
      update session set revoked_at = clock_timestamp(), revoked_reason = 'impersonation_ended'
        from "user"
        where session.impersonator_id is not null and session.revoked_at is null
          and "user".public_id = session.impersonator_id and "user".id in (select user_id from removed);
      return null;
    end $$`.execute(db);
  // Members also go with their group.
  await sql`
    create trigger end_impersonations after delete on group_member
      referencing old table as removed for each statement execute function end_impersonations_of_removed()`.execute(db);
  await sql`
    create function end_impersonations_of_group() returns trigger language plpgsql as $$
    begin
      update session set revoked_at = clock_timestamp(), revoked_reason = 'impersonation_ended'
        from "user" join group_member on group_member.user_id = "user".id
        where session.impersonator_id is not null and session.revoked_at is null
          and "user".public_id = session.impersonator_id and group_member.group_id = new.id;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger end_impersonations after update of roles on "group"
      for each row when (old.roles is distinct from new.roles) execute function end_impersonations_of_group()`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop trigger end_impersonations on "group"`.execute(db);
  await sql`drop trigger end_impersonations on group_member`.execute(db);
  await sql`drop function end_impersonations_of_group`.execute(db);
  await sql`drop function end_impersonations_of_removed`.execute(db);
  await replaceKeepLastAdmin(db, "perform from role where name = 'admin' for update");
}

async function replaceKeepLastAdmin(db: Kysely<unknown>, lock: string): Promise<void> {
  await sql`
    create or replace function keep_last_admin() returns trigger language plpgsql as $$
    begin
      -- One after the other: each sees what the one before it committed.
      ${sql.raw(lock)};
      if not exists (
        select from "user"
        where roles @> '{admin}' and roles <> '{}' and status = 'active' and deleted_at is null and id <> old.id
      ) then
        raise exception 'The last administrator stays' using errcode = 'check_violation', constraint = 'user_last_admin';
      end if;
      return null;
    end $$`.execute(db);
}
