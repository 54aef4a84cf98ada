import { type Kysely, sql } from "kysely";

/** Users, their passwords, devices and sessions, and the keys that sign access tokens. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createUser(db);
  await createPassword(db);
  await createDevice(db);
  await createSession(db);
  await createSigningKey(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of ["signing_key", "session", "device", "password", "user"]) {
    await db.schema.dropTable(table).execute();
  }
}

async function createUser(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table "user" (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint user_public_id_key unique,
      email text not null,
      -- The address as compared: case folded, Unicode form and domain normalised.
      email_canonical text not null constraint user_email_canonical_key unique,
      username text,
      username_canonical text constraint user_username_canonical_key unique,
      given_name text,
      family_name text,
      birth_date date,
      locale text not null,
      status text not null constraint user_status_check check (status in ('active', 'deactivated', 'disabled')),
      roles text[] not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      deleted_at timestamptz,
      constraint user_username_pair_check check ((username is null) = (username_canonical is null))
    )`.execute(db);
}

async function createPassword(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table password (
      user_id bigint primary key references "user" on delete cascade,
      -- A PHC string.
      hash text not null,
      created_at timestamptz not null,
      updated_at timestamptz not null
    )`.execute(db);
}

async function createDevice(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table device (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint device_public_id_key unique,
      installation_id text not null constraint device_installation_id_key unique,
      user_id bigint references "user" on delete cascade,
      platform text not null constraint device_platform_check
        check (platform in ('android', 'ios', 'linux', 'macos', 'web', 'windows')),
      push_token text,
      name text,
      model text,
      os_version text,
      app_version text,
      -- SHA-256 of the secret that proves the installation without a session; null if it never had one.
      secret_digest bytea,
      active boolean not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      last_seen_at timestamptz not null
    )`.execute(db);
  await sql`create index device_user_id_index on device (user_id, id)`.execute(db);
}

async function createSession(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table session (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint session_public_id_key unique,
      user_id bigint not null references "user" on delete cascade,
      device_id bigint references device on delete set null,
      -- Makes and proves this family's refresh tokens; encrypted.
      refresh_key bytea not null,
      -- The counter of the current refresh token.
      refresh_counter integer not null,
      -- The highest counter whose tokens are known to have arrived, because one of them was used.
      confirmed_counter integer not null,
      rotated_at timestamptz not null,
      remembered boolean not null,
      -- How the user proved who they are, as in RFC 8176.
      methods text[] not null,
      ip text,
      user_agent text,
      created_at timestamptz not null,
      last_seen_at timestamptz not null,
      idle_expires_at timestamptz not null,
      expires_at timestamptz not null,
      revoked_at timestamptz,
      revoked_reason text constraint session_revoked_reason_check
        check (revoked_reason in ('logout', 'logout_all', 'refresh_token_reused')),
      constraint session_revoked_pair_check check ((revoked_at is null) = (revoked_reason is null))
    )`.execute(db);
  await sql`create index session_user_id_index on session (user_id) where revoked_at is null`.execute(db);
  await sql`create index session_device_id_index on session (device_id) where revoked_at is null`.execute(db);
}

async function createSigningKey(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table signing_key (
      -- The JWK thumbprint (RFC 7638).
      id text primary key,
      public_jwk jsonb not null,
      -- PKCS #8, encrypted.
      private_key bytea not null,
      status text not null constraint signing_key_status_check check (status in ('active', 'retired')),
      created_at timestamptz not null
    )`.execute(db);
  await sql`create unique index signing_key_active_key on signing_key (status) where status = 'active'`.execute(db);
}
