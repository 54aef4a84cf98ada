import { type Kysely, sql } from "kysely";

/** The identities that users have at providers, by which they sign in. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table identity (
      id bigint generated always as identity primary key,
      public_id uuid not null constraint identity_public_id_key unique,
      user_id bigint not null references "user" on delete cascade,
      -- The name of the provider in the settings.
      provider text not null,
      -- Who gave the subject, and the provider's own id of the user: together they are the identity.
      issuer text not null,
      subject text not null,
      -- As the provider gave it at the last sign-in; it decides nothing.
      email text,
      created_at timestamptz not null,
      last_used_at timestamptz not null,
      -- The provider's tokens, if the settings say that they are kept; sealed.
      tokens bytea,
      constraint identity_issuer_subject_key unique (issuer, subject)
    )`.execute(db);
  await sql`create index identity_user_id_index on identity (user_id)`.execute(db);
  await sql`create index identity_tokens_version_index on identity ((substring(tokens from 1 for 1)))`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable("identity").execute();
}
