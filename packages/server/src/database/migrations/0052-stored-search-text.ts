import { type Kysely, sql } from "kysely";

/**
 * Stores the text that searches compare. The trigram index finds candidates, and PostgreSQL compares the text of each: to put it
 * together and to lower it took most of the time of a search that many accounts match. The table is written anew.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await dropIndexes(db);
  await sql`
    alter table "user" add column search_text text not null generated always as (${searchText}) stored`.execute(db);
  await createIndexes(db, sql`search_text`);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await dropIndexes(db);
  await sql`alter table "user" drop column search_text`.execute(db);
  await createIndexes(db, searchText);
}

const searchText = sql`user_search_text(email, username, given_name, family_name, phone)`;

async function dropIndexes(db: Kysely<unknown>): Promise<void> {
  await sql`drop index user_search_index, user_symbols_index`.execute(db);
}

async function createIndexes(db: Kysely<unknown>, text: typeof searchText): Promise<void> {
  // An operator may have created the extension in another schema.
  const { rows } = await sql<{ schema: string }>`
    select nspname as schema from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'pg_trgm'`.execute(
    db,
  );
  const operators = sql.id(rows[0]?.schema ?? "public", "gin_trgm_ops");
  await sql`create index user_search_index on "user" using gin (${text} ${operators})`.execute(db);
  await sql`create index user_symbols_index on "user" (created_at, id) where ${text} ~ '[^[:alnum:] @._+-]'`.execute(
    db,
  );
}
