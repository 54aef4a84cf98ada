import { type Kysely, sql } from "kysely";

/**
 * Tells whether somebody else may still take an address back by undoing a change. Being volatile, it sees what was committed
 * until it is called, while the statement that calls it sees what was committed before it began. So one statement can insert
 * an address, wait there for a transaction that gives the address up, and then see the undo link of that transaction.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function is_reserved_for_undo(address text, claimant bigint, at timestamptz) returns boolean
      language sql volatile as $$
        select exists (
          select from one_time_token
          where purpose = 'undo_email_change' and target_canonical = address
            and user_id is distinct from claimant and expires_at > at
        )
      $$`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop function is_reserved_for_undo`.execute(db);
}
