import { type Kysely, sql } from "kysely";

/** When an operator's reset of a user's second factors takes effect; null if none is pending. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table "user" add column second_factor_reset_at timestamptz`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table "user" drop column second_factor_reset_at`.execute(db);
}
