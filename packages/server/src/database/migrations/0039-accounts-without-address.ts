import { type Kysely, sql } from "kysely";

/**
 * Accounts without an email address, which then have a username. The index serves lists in the order of addresses, in which
 * accounts without one need a place that a cursor can name. The function gives the same text as before for all accounts that
 * there are, so its indexes stay right.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table "user"
      alter column email drop not null,
      alter column email_canonical drop not null,
      add constraint user_email_pair_check check ((email is null) = (email_canonical is null)),
      add constraint user_email_proof_check check (email is not null or email_verified_at is null),
      add constraint user_identifier_check check (email is not null or username is not null)`.execute(db);
  await sql`
    create index user_email_order_index on "user" ((coalesce(email_canonical, '')), id)
      where deleted_at is null`.execute(db);
  await defineSearchText(db, sql`coalesce(email, '')`);
}

/** Fails while there are accounts without an address, which the earlier version cannot have. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await defineSearchText(db, sql`email`);
  await sql`drop index user_email_order_index`.execute(db);
  await sql`
    alter table "user"
      drop constraint user_email_pair_check,
      drop constraint user_email_proof_check,
      drop constraint user_identifier_check,
      alter column email set not null,
      alter column email_canonical set not null`.execute(db);
}

async function defineSearchText(db: Kysely<unknown>, email: ReturnType<typeof sql>): Promise<void> {
  await sql`
    create or replace function user_search_text(email text, username text, given_name text, family_name text, phone text)
      returns text language sql immutable parallel safe as $$
      select lower(' ' || ${email} || ' ' || coalesce(username, '') || ' ' || coalesce(given_name, '')
        || ' ' || coalesce(family_name, '') || ' ' || coalesce(phone, ''))
    $$`.execute(db);
}
