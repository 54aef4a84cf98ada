import { type Kysely, sql } from "kysely";

/** Registrations that become accounts by the link in a mail; until then nobody has an account, an address or a username. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table pending_registration (
      id bigint generated always as identity primary key,
      -- The one that the user gets.
      public_id uuid not null constraint pending_registration_public_id_key unique,
      -- Several may wait for one address: the link of each makes what was registered with it, and ends the others.
      email_canonical text not null,
      -- SHA-256 of the link's token.
      digest bytea not null constraint pending_registration_digest_key unique,
      -- Address, hash of the password and profile, sealed by the key ring.
      sealed bytea not null,
      created_at timestamptz not null,
      expires_at timestamptz not null
    )`.execute(db);
  await sql`
    create index pending_registration_email_canonical_index on pending_registration (email_canonical)`.execute(db);
  await sql`create index pending_registration_expires_at_index on pending_registration (expires_at)`.execute(db);
  await sql`delete from one_time_token where purpose = 'complete_registration'`.execute(db);
  await setTokenPurposes(db, purposes);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await setTokenPurposes(db, ["verify_email", "complete_registration", ...purposes.slice(1)]);
  await sql`drop table pending_registration`.execute(db);
}

const purposes = [
  "verify_email",
  "confirm_email_change",
  "undo_email_change",
  "reset_password",
  "magic_link",
  "verify_phone",
];

async function setTokenPurposes(db: Kysely<unknown>, allowed: readonly string[]): Promise<void> {
  await sql`alter table one_time_token drop constraint one_time_token_purpose_check`.execute(db);
  const list = sql.join(allowed.map((purpose) => sql.lit(purpose)));
  await sql`
    alter table one_time_token add constraint one_time_token_purpose_check check (purpose in (${list}))`.execute(db);
}
