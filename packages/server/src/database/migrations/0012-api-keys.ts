import { type Kysely, sql } from "kysely";

/** Keys by which machines call in a user's name. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table api_key (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint api_key_public_id_key unique,
      user_id bigint not null references "user" on delete cascade,
      name text not null,
      -- The beginning of the key, for its owner to tell it from others.
      prefix text not null,
      -- SHA-256 of the whole key.
      digest bytea not null constraint api_key_digest_key unique,
      -- What it may be used for; a procedure names the scope that it takes.
      scopes text[] not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      last_used_at timestamptz,
      revoked_at timestamptz
    )`.execute(db);
  await sql`create index api_key_user_id_index on api_key (user_id, id)`.execute(db);
  await sql`create index api_key_expires_at_index on api_key (expires_at)`.execute(db);
  await sql`create index api_key_revoked_at_index on api_key (revoked_at) where revoked_at is not null`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table api_key`.execute(db);
}
