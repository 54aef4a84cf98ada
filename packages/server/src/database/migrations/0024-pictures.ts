import { type Kysely, sql } from "kysely";

/** Pictures of users: which one a user shows, and where its files are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table picture (
      id uuid primary key,
      -- Null once the account is erased.
      user_id bigint references "user" on delete set null,
      storage text not null constraint picture_storage_check check (storage in ('database', 's3')),
      created_at timestamptz not null,
      -- Null for the picture that its user shows. An upload that is not completed is deleted at this time too.
      delete_after timestamptz
    )`.execute(db);
  await sql`create index picture_user_id_index on picture (user_id)`.execute(db);
  await sql`create index picture_delete_after_index on picture (delete_after) where delete_after is not null`.execute(
    db,
  );
  await sql`create index picture_ownerless_index on picture (id) where user_id is null`.execute(db);
  await sql`
    create table picture_content (
      picture_id uuid not null references picture on delete cascade,
      -- The length of a side, in pixels.
      size integer not null,
      -- WebP.
      content bytea not null,
      primary key (picture_id, size)
    )`.execute(db);
  await sql`
    alter table "user"
      add column avatar_id uuid,
      -- A digest of the files, which is part of their address.
      add column avatar_hash text,
      add constraint user_avatar_pair_check check ((avatar_id is null) = (avatar_hash is null))`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table "user" drop column avatar_id, drop column avatar_hash`.execute(db);
  await sql`drop table picture_content`.execute(db);
  await sql`drop table picture`.execute(db);
}
