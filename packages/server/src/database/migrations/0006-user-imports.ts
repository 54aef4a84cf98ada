import { type Kysely, sql } from "kysely";

/** How far the import of each file has come, so that one that was interrupted goes on where it stopped. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table user_import (
      -- SHA-256 of the file: another file, or the same one changed, is another import.
      source_digest bytea primary key,
      -- Where in the file the first record begins that is not done.
      next_byte bigint not null,
      next_line bigint not null,
      imported bigint not null,
      refused bigint not null,
      -- How much of the report belongs to the records that are done.
      report_bytes bigint not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      finished_at timestamptz
    )`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table user_import`.execute(db);
}
