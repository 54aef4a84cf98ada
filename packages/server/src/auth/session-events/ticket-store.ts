import type { Insertable } from "kysely";
import type { Database } from "../../database/connection.ts";
import type { SubscriptionTicketTable } from "../../database/tables.gen.ts";

/** Stores a ticket. */
export async function insertTicket(db: Database, values: Insertable<SubscriptionTicketTable>): Promise<void> {
  await db.insertInto("subscription_ticket").values(values).execute();
}

/** The session that a ticket belongs to. */
export interface TicketHolder {
  readonly session_public_id: string;
  readonly user_id: string;
}

/** Deletes and returns the ticket: of any number of calls, on any number of servers, one gets it. */
export async function redeemTicket(db: Database, digest: Uint8Array, now: Date): Promise<TicketHolder | undefined> {
  return await db
    .deleteFrom("subscription_ticket")
    .using("session")
    .whereRef("session.id", "=", "subscription_ticket.session_id")
    .where("subscription_ticket.digest", "=", digest)
    .where("subscription_ticket.expires_at", ">", now)
    .returning(["session.public_id as session_public_id", "session.user_id"])
    .executeTakeFirst();
}

/** Deletes the expired tickets; returns how many it deleted. */
export async function deleteExpiredTickets(db: Database, now: Date): Promise<number> {
  const result = await db.deleteFrom("subscription_ticket").where("expires_at", "<", now).executeTakeFirst();
  return Number(result.numDeletedRows);
}
