import { type Kysely, sql } from "kysely";

/**
 * Signing keys follow one another: which one signs, and which are published, is told by the times in the rows and the
 * time of day alone. And the versions that sealed values name are indexed, so that a start can look whether it has them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index signing_key_active_key`.execute(db);
  await sql`alter table signing_key drop constraint signing_key_status_check`.execute(db);
  await sql`alter table signing_key rename column created_at to published_at`.execute(db);
  // When it begins to sign; it ends when the next one begins.
  await sql`alter table signing_key alter column status type timestamptz using published_at`.execute(db);
  await sql`alter table signing_key rename column status to activates_at`.execute(db);
  await sql`
    create index session_refresh_key_version_index on session (substring(refresh_key from 1 for 1))`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index session_refresh_key_version_index`.execute(db);
  const { rows } = await sql<{ id: string }>`
    select id from signing_key order by activates_at > now(), activates_at desc, id limit 1`.execute(db);
  await sql`alter table signing_key alter column activates_at type text using 'retired'`.execute(db);
  await sql`alter table signing_key rename column activates_at to status`.execute(db);
  await sql`alter table signing_key rename column published_at to created_at`.execute(db);
  await sql`
    alter table signing_key add constraint signing_key_status_check check (status in ('active', 'retired'))`.execute(
    db,
  );
  for (const { id } of rows) await sql`update signing_key set status = 'active' where id = ${id}`.execute(db);
  await sql`create unique index signing_key_active_key on signing_key (status) where status = 'active'`.execute(db);
}
