import { type Kysely, sql } from "kysely";

/**
 * A push token is on one device; of those that share one, the active one that was changed last keeps it. Devices that are
 * nobody's are found by when they were last seen, and can be deleted without a look at every session.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    update device set push_token = null where id in (
      select id from (
        select id, row_number() over (partition by push_token order by active desc, updated_at desc, id desc) as place
        from device where push_token is not null
      ) as shared where place > 1
    )`.execute(db);
  // By its digest, because a token can be longer than an entry of an index. Doubled backslashes stay text in a bytea.
  await sql`
    create unique index device_push_token_key on device (sha256(replace(push_token, '\\', '\\\\')::bytea))`.execute(db);
  await sql`create index device_anonymous_index on device (last_seen_at) where user_id is null`.execute(db);
  await sql`drop index session_device_id_index`.execute(db);
  await sql`create index session_device_id_index on session (device_id) where device_id is not null`.execute(db);
}

/** Leaves tokens where they are. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index session_device_id_index`.execute(db);
  await sql`create index session_device_id_index on session (device_id) where revoked_at is null`.execute(db);
  await sql`drop index device_anonymous_index`.execute(db);
  await sql`drop index device_push_token_key`.execute(db);
}
