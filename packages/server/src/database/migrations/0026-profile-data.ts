import { type Kysely, sql } from "kysely";

/** The time zone of users, and data about them that the app defines. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table "user"
      -- A name of the IANA database.
      add column time_zone text,
      -- Users read and write it.
      add column public_metadata jsonb,
      -- Only the app's own code reads and writes it.
      add column private_metadata jsonb`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table "user"
      drop column time_zone,
      drop column public_metadata,
      drop column private_metadata`.execute(db);
}
