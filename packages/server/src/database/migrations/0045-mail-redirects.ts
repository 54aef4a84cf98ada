import { type Kysely, sql } from "kysely";

/** Where the page behind a mail's link leads, kept with the token: in the link itself it could be exchanged. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table one_time_token add column redirect_to text`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table one_time_token drop column redirect_to`.execute(db);
}
