import { type Kysely, sql } from "kysely";

/** Where the page leads that restores a deleted account, as for other links of mails. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table account_deletion add column redirect_to text`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table account_deletion drop column redirect_to`.execute(db);
}
