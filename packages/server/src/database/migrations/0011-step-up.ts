import { type Kysely, sql } from "kysely";

/** When the user of a session last proved who they are in it, after signing in. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Null until they do: then `created_at`, when they signed in, is what counts.
  await sql`alter table session add column reauthenticated_at timestamptz`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table session drop column reauthenticated_at`.execute(db);
}
