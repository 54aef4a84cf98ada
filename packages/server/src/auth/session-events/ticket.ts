import type { z } from "zod";
import type { Clock } from "../../clock.ts";
import { addSeconds } from "../../clock.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { Actor } from "../session/actor.ts";
import type { subscriptionTicketOutput } from "./ticket-schema.ts";
import { insertTicket, redeemTicket } from "./ticket-store.ts";

/** What tickets need. */
interface TicketDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** How long a ticket works, in seconds: long enough for a slow connection, too short for a reader of logs. */
const ticketTtlSeconds = 30;

const ticketBytes = 32;

/** The authenticated reader of a subscription. It belongs to a session, whatever happens to its access tokens. */
export interface Subscriber {
  /** Public id. */
  readonly sessionId: string;
  readonly userId: string;
  /** The address of the request, for limits. */
  readonly ip: string;
}

/** Makes a ticket that opens one subscription of the actor's session. */
export async function createSubscriptionTicket(
  deps: Pick<TicketDeps, "db" | "clock" | "random">,
  { session }: Actor,
): Promise<Omit<z.output<typeof subscriptionTicketOutput>, "sessionEventId">> {
  const ticket = deps.random.bytes(ticketBytes).toString("base64url");
  const expiresAt = addSeconds(deps.clock.now(), ticketTtlSeconds);
  await insertTicket(deps.db, { digest: digestSecret(ticket), session_id: session.id, expires_at: expiresAt });
  return { ticket, expiresAt };
}

/** The credentials of a subscription. */
interface SubscriptionRequest {
  readonly ip: string;
  /** From the URL, which is logged on its way: therefore a used ticket is worthless. */
  readonly ticket: string | undefined;
  /** Authenticates by an access token; called if there is no ticket. */
  readonly authenticate: () => Promise<Actor>;
}

/**
 * Authenticates a subscriber by a ticket or an access token. A ticket works once, and also after its session has ended: the
 * first event then says so. Throws `SUBSCRIPTION_TICKET_INVALID`, `UNAUTHENTICATED` and `ACCESS_TOKEN_INVALID`.
 */
export async function authenticateSubscriber(
  deps: TicketDeps,
  { ip, ticket, authenticate }: SubscriptionRequest,
): Promise<Subscriber> {
  if (ticket === undefined) {
    const { session, userId } = await authenticate();
    return { sessionId: session.public_id, userId, ip };
  }
  // Malformed tickets are looked up too: their refusal takes as long as that of a used one.
  const holder = await redeemTicket(deps.db, digestSecret(ticket), deps.clock.now());
  if (holder === undefined) throw new GatehouseError("SUBSCRIPTION_TICKET_INVALID");
  return { sessionId: holder.session_public_id, userId: holder.user_id, ip };
}
