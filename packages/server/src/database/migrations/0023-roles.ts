import { type Kysely, sql } from "kysely";

/**
 * Roles with their permissions. `changed_at` and the notification tell every server that permissions changed, on the channel that
 * sessions use. A trigger keeps the last administrator, so that no way to change users can forget it. Keys that might read and
 * change the profile of their user keep doing so, by the scopes `profile:read` and `profile:write`.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table role (
      id bigint generated always as identity primary key,
      name text not null constraint role_name_key unique,
      description text not null,
      permissions text[] not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      changed_at timestamptz not null default clock_timestamp()
    )`.execute(db);
  await sql`create index role_changed_at_index on role (changed_at)`.execute(db);
  await sql`
    create function note_role_change() returns trigger language plpgsql as $$
    begin
      new.changed_at := clock_timestamp();
      perform pg_notify('gatehouse_session_change', 'roles');
      return new;
    end $$`.execute(db);
  await sql`
    create trigger role_change before insert or update on role for each row execute function note_role_change()`.execute(
    db,
  );
  await sql`
    insert into role (name, description, permissions, created_at, updated_at) values
      ('admin', 'Everything', '{*}', now(), now()),
      ('support', 'Helps users: finds, disables and enables them, and ends their sessions',
        '{user:read,user:disable,session:revoke,role:read,group:read,audit:read}', now(), now()),
      ('user', 'Every account has it', '{}', now(), now())`.execute(db);
  await sql`
    create function keep_last_admin() returns trigger language plpgsql as $$
    begin
      -- One after the other: each sees what the one before it committed.
      perform from role where name = 'admin' for update;
      if not exists (
        select from "user"
        where roles @> '{admin}' and roles <> '{}' and status = 'active' and deleted_at is null and id <> old.id
      ) then
        raise exception 'The last administrator stays' using errcode = 'check_violation', constraint = 'user_last_admin';
      end if;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger keep_last_admin after update of status, roles, deleted_at on "user"
      for each row when (
        'admin' = any (old.roles) and old.status = 'active' and old.deleted_at is null
          and not ('admin' = any (new.roles) and new.status = 'active' and new.deleted_at is null)
      )
      execute function keep_last_admin()`.execute(db);
  // Partial, so that it costs nothing for the many accounts without a role.
  await sql`create index user_roles_index on "user" using gin (roles) where roles <> '{}'`.execute(db);
  await renameScopes(db, { "user:read": "profile:read", "user:write": "profile:write" });
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await renameScopes(db, { "profile:read": "user:read", "profile:write": "user:write" });
  await sql`drop index user_roles_index`.execute(db);
  await sql`drop trigger keep_last_admin on "user"`.execute(db);
  await sql`drop function keep_last_admin`.execute(db);
  await sql`drop table role`.execute(db);
  await sql`drop function note_role_change`.execute(db);
}

async function renameScopes(db: Kysely<unknown>, names: Readonly<Record<string, string>>): Promise<void> {
  for (const [before, after] of Object.entries(names)) {
    await sql`
      update api_key set scopes = array_replace(scopes, ${before}, ${after}) where ${before} = any (scopes)`.execute(
      db,
    );
  }
}
