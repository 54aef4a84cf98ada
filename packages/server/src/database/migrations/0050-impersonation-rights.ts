import { type Kysely, sql } from "kysely";

/**
 * Impersonations end too when a role loses the permission, unless another role of the administrator still has it; and when an
 * administrator by a group, who has no role of their own, is disabled or deleted. What takes a permission away waits for
 * impersonations that are beginning, which hold the lock shared, so that it ends those too. Each such end is an event of the audit
 * log, which triggers write too.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function end_impersonations_of_role() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock(${sql.lit(impersonationLock)});
      update session set revoked_at = clock_timestamp(), revoked_reason = 'impersonation_ended'
        where impersonator_id is not null and revoked_at is null and not exists (
          select from "user" join role on role.permissions && '{*,user:impersonate}' and (
            role.name = 'user' or role.name = any ("user".roles) or exists (
              select from group_member join "group" on "group".id = group_member.group_id
              where group_member.user_id = "user".id and role.name = any ("group".roles)
            )
          )
          where "user".public_id = session.impersonator_id
        );
      return null;
    end $$`.execute(db);
  await sql`
    create trigger end_impersonations after update of permissions on role
      for each row when (old.permissions && '{*,user:impersonate}' and not new.permissions && '{*,user:impersonate}')
      execute function end_impersonations_of_role()`.execute(db);
  await sql`
    create function record_impersonation_end() returns trigger language plpgsql as $$
    begin
      insert into audit_event (at, action, actor_kind, impersonator_id, account_id, target_kind, target_id, personal)
        select new.revoked_at, 'session.revoked', 'system', new.impersonator_id, "user".public_id, 'session', new.public_id,
          jsonb_build_object('details', jsonb_build_object('reason', new.revoked_reason))
        from "user" where "user".id = new.user_id;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger record_impersonation_end after update of revoked_at on session
      for each row when (old.revoked_at is null and new.revoked_reason = 'impersonation_ended')
      execute function record_impersonation_end()`.execute(db);
  await replaceUserTrigger(db, "");
  await replaceGroupFunctions(db, { isLocking: true });
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await replaceGroupFunctions(db, { isLocking: false });
  await replaceUserTrigger(db, "old.roles <> '{}' and");
  await sql`drop trigger record_impersonation_end on session`.execute(db);
  await sql`drop function record_impersonation_end`.execute(db);
  await sql`drop trigger end_impersonations on role`.execute(db);
  await sql`drop function end_impersonations_of_role`.execute(db);
}

/** Any number that no other advisory lock of one argument uses. The store of the administration has it too. */
const impersonationLock = 5390176244;

async function replaceUserTrigger(db: Kysely<unknown>, condition: string): Promise<void> {
  await sql`drop trigger end_impersonations on "user"`.execute(db);
  await sql`
    create trigger end_impersonations after update of status, roles, deleted_at on "user"
      for each row when (${sql.raw(condition)} (old.status is distinct from new.status
        or old.roles is distinct from new.roles or old.deleted_at is distinct from new.deleted_at))
      execute function end_impersonations_of_user()`.execute(db);
}

/** Locks, or behaves as before if `isLocking` is false. */
async function replaceGroupFunctions(
  db: Kysely<unknown>,
  { isLocking }: { readonly isLocking: boolean },
): Promise<void> {
  const lock = isLocking ? `perform pg_advisory_xact_lock(${impersonationLock});\n      ` : "";
  // The statement also runs for each user who is erased, mostly without a group.
  const unlessNone = isLocking ? "if not exists (select from removed) then return null; end if;\n      " : "";
  await sql`
    create or replace function end_impersonations_of_removed() returns trigger language plpgsql as $$
    begin
      ${sql.raw(unlessNone + lock)}update session set revoked_at = clock_timestamp(), revoked_reason = 'impersonation_ended'
        from "user"
        where session.impersonator_id is not null and session.revoked_at is null
          and "user".public_id = session.impersonator_id and "user".id in (select user_id from removed);
      return null;
    end $$`.execute(db);
  await sql`
    create or replace function end_impersonations_of_group() returns trigger language plpgsql as $$
    begin
      ${sql.raw(lock)}update session set revoked_at = clock_timestamp(), revoked_reason = 'impersonation_ended'
        from "user" join group_member on group_member.user_id = "user".id
        where session.impersonator_id is not null and session.revoked_at is null
          and "user".public_id = session.impersonator_id and group_member.group_id = new.id;
      return null;
    end $$`.execute(db);
}
