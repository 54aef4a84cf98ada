import { type Kysely, sql } from "kysely";

/** How many codes were mailed for a sign-in that waits for a second factor. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sign_in_challenge add column codes_sent integer not null default 0`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sign_in_challenge drop column codes_sent`.execute(db);
}
