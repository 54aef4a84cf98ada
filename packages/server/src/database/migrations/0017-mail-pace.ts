import { type Kysely, sql } from "kysely";

/** When the next mail of a kind may go to a mailbox; and what a link's token is derived from, so that it can be sent again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table mail_pace (
      -- A keyed digest of the kind of mail and the mailbox, and of the place where the pace is for one place.
      key text primary key,
      -- Mails since the pace began; those that wait for their turn are among them.
      sent integer not null,
      -- When the next one has its turn.
      next_at timestamptz not null,
      -- When the pace begins anew.
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index mail_pace_expires_at_index on mail_pace (expires_at)`.execute(db);
  // Null for codes, and for links that were made before; those are not sent again, but replaced.
  await sql`alter table one_time_token add column nonce bytea`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table one_time_token drop column nonce`.execute(db);
  await db.schema.dropTable("mail_pace").execute();
}
