import { type Kysely, sql } from "kysely";

/**
 * What operators need to find accounts: a trigram index for searches, an index for each order of the list, and why and until when
 * somebody is disabled.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createTrigramExtension(db);
  await sql`
    alter table "user"
      -- Why an operator disabled the account, for other operators.
      add column status_reason text,
      -- When it is enabled again; null if an operator decides.
      add column disabled_until timestamptz,
      add constraint user_disabled_check check (status = 'disabled' or (status_reason is null and disabled_until is null))`.execute(
    db,
  );
  await createSearchText(db);
  await sql`create index user_created_at_index on "user" (created_at, id) where deleted_at is null`.execute(db);
  // Few accounts are in another state than active, so these two cost nearly nothing.
  await sql`
    create index user_state_index on "user" (${accountState}, created_at, id)
      where status <> 'active' or deleted_at is not null`.execute(db);
  await sql`
    create index user_unproven_index on "user" (created_at, id)
      where email_verified_at is null and deleted_at is null`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const index of ["search", "symbols", "created_at", "state", "unproven"]) {
    await sql`drop index ${sql.ref(`user_${index}_index`)}`.execute(db);
  }
  await sql`drop function user_search_text`.execute(db);
  await sql`alter table "user" drop column status_reason, drop column disabled_until`.execute(db);
  await sql`
    do $$ begin
      drop extension pg_trgm;
    exception
      -- Somebody else uses it, or made it.
      when dependent_objects_still_exist or insufficient_privilege then null;
    end $$`.execute(db);
}

const accountState = sql`(case when deleted_at is null then status else 'deleted' end)`;

/** Any owner of a database may create the extension, which PostgreSQL trusts, where the server has its files. */
async function createTrigramExtension(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ installed: boolean; available: boolean; allowed: boolean }>`
    select exists (select from pg_extension where extname = 'pg_trgm') as installed,
      exists (select from pg_available_extensions where name = 'pg_trgm') as available,
      has_database_privilege(current_database(), 'create') as allowed`.execute(db);
  const [{ installed, available, allowed } = { installed: false, available: false, allowed: false }] = rows;
  if (installed) return;
  if (!available) {
    throw new Error("PostgreSQL lacks the extension pg_trgm, which comes with it: install postgresql-contrib");
  }
  if (!allowed) {
    throw new Error(
      'This user may not create extensions. As its owner, run in this database: create extension "pg_trgm"',
    );
  }
  await sql`create extension pg_trgm`.execute(db);
}

async function createSearchText(db: Kysely<unknown>): Promise<void> {
  // A space before each field, so that a search of one or two letters finds the beginnings of words by the same index.
  await sql`
    create function user_search_text(email text, username text, given_name text, family_name text, phone text)
      returns text language sql immutable parallel safe as $$
      select lower(' ' || email || ' ' || coalesce(username, '') || ' ' || coalesce(given_name, '')
        || ' ' || coalesce(family_name, '') || ' ' || coalesce(phone, ''))
    $$`.execute(db);
  const text = sql`user_search_text(email, username, given_name, family_name, phone)`;
  // An operator may have created the extension in another schema.
  const { rows } = await sql<{ schema: string }>`
    select nspname as schema from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'pg_trgm'`.execute(
    db,
  );
  const operators = sql.id(rows[0]?.schema ?? "public", "gin_trgm_ops");
  await sql`create index user_search_index on "user" using gin (${text} ${operators})`.execute(db);
  // Trigrams are made of letters and digits, so texts with other characters than those of addresses have an index of their own.
  await sql`create index user_symbols_index on "user" (created_at, id) where ${text} ~ '[^[:alnum:] @._+-]'`.execute(
    db,
  );
}
