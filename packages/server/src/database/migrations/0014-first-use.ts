import { type Kysely, sql } from "kysely";

/**
 * The grace time of a refresh token counts from the first use of its successor, which a call of `confirmed_counter` is, and no
 * longer from the rotation. What was rotated before keeps that time.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table session rename column rotated_at to confirmed_at`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table session rename column confirmed_at to rotated_at`.execute(db);
}
