import { type Kysely, sql } from "kysely";

/** Recoveries of accounts that have only a telephone number, by a code that is sent to it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table password_recovery (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint password_recovery_public_id_key unique,
      -- SHA-256 of the secret that the caller got.
      digest bytea not null constraint password_recovery_digest_key unique,
      -- Null until the code is sent, and where no account has the number.
      user_id bigint references "user" on delete cascade,
      phone text,
      -- An HMAC of the code under a key of the ring, since a code can be guessed.
      code_digest bytea,
      attempts integer not null default 0,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      constraint password_recovery_code_check
        check ((user_id is null) = (code_digest is null) and (user_id is null) = (phone is null))
    )`.execute(db);
  await sql`create index password_recovery_user_index on password_recovery (user_id) where user_id is not null`.execute(
    db,
  );
  await sql`create index password_recovery_expires_at_index on password_recovery (expires_at)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table password_recovery`.execute(db);
}
