import { type Kysely, sql } from "kysely";

/** Whom a mail that waits stands for, and when a change of address was asked for, which its link need not be as old as. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table mail_pace
      -- Of a mail that waits: a keyed digest of the place that asked for it last.
      add column asked_from text,
      -- Whether several places asked for it.
      add column is_for_several boolean not null default false`.execute(db);
  await sql`
    alter table one_time_token
      -- When the link that confirms another address was last asked for.
      add column asked_at timestamptz`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table one_time_token drop column asked_at`.execute(db);
  await sql`alter table mail_pace drop column asked_from, drop column is_for_several`.execute(db);
}
