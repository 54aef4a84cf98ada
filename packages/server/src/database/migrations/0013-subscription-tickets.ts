import { type Kysely, sql } from "kysely";

/** The tickets that open subscriptions. They live for seconds and are not worth a log: a crash may empty the table. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create unlogged table subscription_ticket (
      -- SHA-256 of the ticket.
      digest bytea primary key,
      session_id bigint not null references session on delete cascade,
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index subscription_ticket_session_id_index on subscription_ticket (session_id)`.execute(db);
  await sql`create index subscription_ticket_expires_at_index on subscription_ticket (expires_at)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable("subscription_ticket").execute();
}
