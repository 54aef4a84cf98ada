import { type Kysely, sql } from "kysely";

/** Passkeys (WebAuthn), by which users sign in without a password. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table passkey (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint passkey_public_id_key unique,
      user_id bigint not null references "user" on delete cascade,
      -- Chosen by the authenticator. A passkey belongs to one account.
      credential_id bytea not null constraint passkey_credential_id_key unique,
      -- A COSE key (RFC 9052).
      public_key bytea not null,
      -- How often the authenticator says that it signed; 32 bits without a sign.
      counter bigint not null,
      transports text[] not null,
      -- The model of the authenticator, as it says itself.
      aaguid uuid not null,
      name text not null,
      backup_eligible boolean not null,
      backed_up boolean not null,
      created_at timestamptz not null,
      last_used_at timestamptz
    )`.execute(db);
  await sql`create index passkey_user_id_index on passkey (user_id, id)`.execute(db);
  await sql`
    create table passkey_handle (
      user_id bigint primary key references "user" on delete cascade,
      -- The name of the user for authenticators (WebAuthn, 14.6.1): random, since anybody with the authenticator can read it.
      handle bytea not null constraint passkey_handle_handle_key unique
    )`.execute(db);
  await sql`
    create table spent_passkey_challenge (
      -- SHA-256 of the challenge.
      digest bytea primary key,
      -- From then on the challenge is refused without this row.
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index spent_passkey_challenge_expires_at_index on spent_passkey_challenge (expires_at)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table spent_passkey_challenge, passkey_handle, passkey`.execute(db);
}
