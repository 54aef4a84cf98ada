import { type Kysely, sql } from "kysely";

/**
 * Accounts without any identifier, until they become full accounts. The index serves the purge of unused ones and the list of
 * anonymous accounts.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table "user"
      -- Null for a full account.
      add column anonymous_since timestamptz,
      drop constraint user_identifier_check,
      add constraint user_identifier_check
        check (email is not null or username is not null or phone_verified_at is not null or anonymous_since is not null),
      add constraint user_anonymous_check
        check (anonymous_since is null or (email is null and username is null and phone is null))`.execute(db);
  await sql`
    create index user_anonymous_index on "user" (anonymous_since, id) where anonymous_since is not null`.execute(db);
}

/** Fails while there are anonymous accounts, which the earlier version cannot have. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table "user"
      drop constraint user_anonymous_check,
      drop constraint user_identifier_check,
      add constraint user_identifier_check
        check (email is not null or username is not null or phone_verified_at is not null),
      drop column anonymous_since`.execute(db);
}
