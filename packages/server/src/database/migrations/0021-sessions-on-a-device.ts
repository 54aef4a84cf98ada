import { type Kysely, sql } from "kysely";

/**
 * Finds a user's sessions on a device without reading anybody else's. A login names any device before its password is
 * verified, and the time to read that device's sessions would tell that there is an account.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index session_device_id_index`.execute(db);
  await sql`create index session_device_id_index on session (device_id, user_id) where device_id is not null`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index session_device_id_index`.execute(db);
  await sql`create index session_device_id_index on session (device_id) where device_id is not null`.execute(db);
}
