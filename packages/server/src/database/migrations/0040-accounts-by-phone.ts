import { type Kysely, sql } from "kysely";

/**
 * Accounts that have only a proven telephone number. Their registrations wait, like those that wait for a link, until the code
 * that was sent to the number proves it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table "user"
      drop constraint user_identifier_check,
      add constraint user_identifier_check
        check (email is not null or username is not null or phone_verified_at is not null)`.execute(db);
  await sql`
    alter table pending_registration
      -- Null for the registration of a number, which is only in the sealed part.
      alter column email_canonical drop not null,
      -- An HMAC of the code under a key of the ring, since a code can be guessed.
      add column code_digest bytea,
      add column code_expires_at timestamptz,
      -- Guesses at the code.
      add column attempts integer not null default 0,
      add constraint pending_registration_proof_check check ((email_canonical is null) = (code_digest is not null)),
      add constraint pending_registration_code_pair_check
        check ((code_digest is null) = (code_expires_at is null))`.execute(db);
}

/** Fails while there are accounts with a number alone, which the earlier version cannot have. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table "user"
      drop constraint user_identifier_check,
      add constraint user_identifier_check check (email is not null or username is not null)`.execute(db);
  await sql`delete from pending_registration where email_canonical is null`.execute(db);
  await sql`
    alter table pending_registration
      drop constraint pending_registration_proof_check,
      drop constraint pending_registration_code_pair_check,
      drop column attempts,
      drop column code_expires_at,
      drop column code_digest,
      alter column email_canonical set not null`.execute(db);
}
