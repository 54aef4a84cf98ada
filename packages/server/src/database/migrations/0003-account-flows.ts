import { type Kysely, sql } from "kysely";

/** What of a user is verified, and the one-time tokens that verify it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await addVerification(db);
  await createOneTimeToken(db);
  await sql`alter table password add column version integer not null default 1`.execute(db);
  await setRevocationReasons(db, [...firstReasons, ...newReasons]);
  // Whether a sign-in is from where the user was seen before is asked of sessions that have ended, too.
  await sql`create index session_seen_index on session (user_id, ip)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index session_seen_index`.execute(db);
  // Whoever was signed out for a reason that did not exist before was signed out everywhere.
  await sql`update session set revoked_reason = 'logout_all' where revoked_reason = any(${newReasons})`.execute(db);
  await setRevocationReasons(db, firstReasons);
  await sql`alter table password drop column version`.execute(db);
  await sql`drop table one_time_token`.execute(db);
  await sql`
    alter table "user"
      drop column email_verified_at,
      drop column phone,
      drop column phone_verified_at`.execute(db);
}

const firstReasons = ["logout", "logout_all", "refresh_token_reused"];
const newReasons = ["password_changed", "password_reset", "email_change_undone", "address_proven"];

async function addVerification(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table "user"
      add column email_verified_at timestamptz,
      -- E.164.
      add column phone text,
      add column phone_verified_at timestamptz,
      add constraint user_phone_pair_check check (phone is not null or phone_verified_at is null)`.execute(db);
  // Anybody may claim a number; it is one user's who proved it.
  await sql`
    create unique index user_verified_phone_key on "user" (phone) where phone_verified_at is not null`.execute(db);
}

async function createOneTimeToken(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table one_time_token (
      id bigint generated always as identity primary key,
      user_id bigint not null references "user" on delete cascade,
      purpose text not null constraint one_time_token_purpose_check check (purpose in (
        'verify_email', 'complete_registration', 'confirm_email_change', 'undo_email_change',
        'reset_password', 'magic_link', 'verify_phone')),
      -- The address or number that the token proves, as typed.
      target text not null,
      -- As compared; a token is worth nothing once it is no longer what the user has or asked for.
      target_canonical text not null,
      -- A user has one token of a purpose in each slot; a new one takes the place of the old one.
      slot text not null,
      -- SHA-256 of a link's token; of a code, which could be guessed, an HMAC under a key of the ring.
      digest bytea not null constraint one_time_token_digest_key unique,
      attempts integer not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      constraint one_time_token_slot_key unique (user_id, purpose, slot)
    )`.execute(db);
  await sql`create index one_time_token_target_index on one_time_token (purpose, target_canonical)`.execute(db);
  await sql`create index one_time_token_expires_at_index on one_time_token (expires_at)`.execute(db);
}

async function setRevocationReasons(db: Kysely<unknown>, reasons: readonly string[]): Promise<void> {
  await sql`alter table session drop constraint session_revoked_reason_check`.execute(db);
  const list = sql.join(reasons.map((reason) => sql.lit(reason)));
  await sql`
    alter table session add constraint session_revoked_reason_check check (revoked_reason in (${list}))`.execute(db);
}
