import { type Kysely, sql } from "kysely";

/**
 * Second factors, recovery codes, and sign-ins that wait for one. Which factors an account has is a column of its user, because
 * the statement that starts a session locks that row and sees its newest version; it would read another table as it was before
 * the lock.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table "user"
      add column second_factors text[] not null default '{}'
        constraint user_second_factors_check check (second_factors <@ array['totp', 'email', 'passkey']),
      -- Devices that were trusted before this moment are trusted no more.
      add column device_trust_after timestamptz`.execute(db);
  await sql`alter table device add column trusted_at timestamptz`.execute(db);
  await sql`
    create table totp (
      user_id bigint primary key references "user" on delete cascade,
      public_id uuid not null constraint totp_public_id_key unique,
      -- 20 bytes, sealed by the key ring.
      secret bytea not null,
      created_at timestamptz not null,
      confirmed_at timestamptz,
      -- The newest time step whose code was used (RFC 6238, 5.2): a code works once.
      last_step bigint not null default 0
    )`.execute(db);
  await sql`create index totp_unconfirmed_index on totp (created_at) where confirmed_at is null`.execute(db);
  await sql`
    create table recovery_code (
      id bigint generated always as identity primary key,
      user_id bigint not null references "user" on delete cascade,
      -- SHA-256. A used code is deleted.
      digest bytea not null constraint recovery_code_digest_key unique,
      created_at timestamptz not null
    )`.execute(db);
  await sql`create index recovery_code_user_id_index on recovery_code (user_id)`.execute(db);
  await sql`
    create table sign_in_challenge (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint sign_in_challenge_public_id_key unique,
      user_id bigint not null references "user" on delete cascade,
      -- SHA-256 of what the caller got.
      digest bytea not null constraint sign_in_challenge_digest_key unique,
      -- What was proven so far, and the version of the password if one was.
      methods text[] not null,
      password_version integer,
      -- How long the session lasts and on which device it starts, sealed by the key ring.
      sealed bytea not null,
      attempts integer not null default 0,
      -- HMAC of the code that was mailed last.
      code_digest bytea,
      created_at timestamptz not null,
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index sign_in_challenge_user_id_index on sign_in_challenge (user_id)`.execute(db);
  await sql`create index sign_in_challenge_expires_at_index on sign_in_challenge (expires_at)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table sign_in_challenge, recovery_code, totp`.execute(db);
  await sql`alter table device drop column trusted_at`.execute(db);
  await sql`alter table "user" drop column second_factors, drop column device_trust_after`.execute(db);
}
