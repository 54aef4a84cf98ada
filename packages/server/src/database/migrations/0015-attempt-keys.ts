import { type Kysely, sql } from "kysely";

/**
 * The grace time of a refresh token counts from the rotation that replaced it, and the digest of that rotation's attempt key is
 * kept in the place of the counter that was confirmed last. A session whose newest tokens nobody has used yet may have lost
 * their answer under the older rule, by which it could be asked for at any time: its grace time lasts as long as the session,
 * until its next rotation, so that the upgrade logs nobody out.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table session rename column confirmed_at to rotated_at`.execute(db);
  await sql`update session set rotated_at = idle_expires_at where confirmed_counter < refresh_counter`.execute(db);
  await sql`alter table session rename column confirmed_counter to attempt_digest`.execute(db);
  await sql`
    alter table session alter column attempt_digest drop not null, alter column attempt_digest type bytea using null`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  // What was rotated counts as used, so that the older rule takes no more than the newer one did.
  await sql`
    alter table session alter column attempt_digest type integer using refresh_counter,
      alter column attempt_digest set not null`.execute(db);
  await sql`alter table session rename column attempt_digest to confirmed_counter`.execute(db);
  await sql`alter table session rename column rotated_at to confirmed_at`.execute(db);
}
