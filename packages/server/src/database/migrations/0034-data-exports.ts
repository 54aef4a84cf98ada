import { type Kysely, sql } from "kysely";

/** Copies of all that is held about a user, which they asked for. Each is sealed piece by piece, so that no server holds it whole. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table data_export (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint data_export_public_id_key unique,
      user_id bigint not null references "user" on delete cascade,
      requested_at timestamptz not null,
      -- SHA-256 of the link's token; null until the copy is complete, and again once the link was used.
      digest bytea constraint data_export_digest_key unique,
      completed_at timestamptz,
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index data_export_user_id_index on data_export (user_id)`.execute(db);
  await sql`create index data_export_expires_at_index on data_export (expires_at)`.execute(db);
  await sql`
    create table data_export_part (
      -- The export's public id and the position, which the seal is made for.
      id text primary key,
      export_id bigint not null references data_export on delete cascade,
      position integer not null,
      -- A piece of the compressed copy, sealed by the key ring.
      sealed bytea not null,
      constraint data_export_part_position_key unique (export_id, position)
    )`.execute(db);
  await sql`create index data_export_part_key_version_index on data_export_part (substring(sealed from 1 for 1))`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table data_export_part`.execute(db);
  await sql`drop table data_export`.execute(db);
}
