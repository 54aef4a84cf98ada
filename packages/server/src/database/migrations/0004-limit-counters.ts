import { type Kysely, sql } from "kysely";

/** The counts of the limits, where instances share them here. They are not worth a log: a crash may empty the table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create unlogged table limit_counter (
      -- The limit's name and a keyed digest of whom it counts for.
      key text primary key,
      count integer not null,
      -- Whether the last one was let through: a statement that counts has to answer with it.
      allowed boolean not null,
      -- Until when nothing is let through; null where the next one is.
      blocked_until timestamptz,
      -- When the count starts again.
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index limit_counter_expires_at_index on limit_counter (expires_at)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable("limit_counter").execute();
}
