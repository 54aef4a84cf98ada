import type { z } from "zod";
import type { Clock } from "../../clock.ts";
import { addSeconds } from "../../clock.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { Actor } from "../session/actor.ts";
import type { subscriptionTicketOutput } from "./ticket-schema.ts";
import { insertTicket, takeTicket } from "./ticket-store.ts";

/** What tickets need. */
interface TicketDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** How long a ticket can be used, in seconds: enough for a slow connection, too little for a log to be of use. */
const ticketTtlSeconds = 30;

const ticketBytes = 32;

/** Who subscribes, proven: a session, whatever becomes of its access tokens. */
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

/** How a subscription is asked for. */
interface SubscriptionRequest {
  readonly ip: string;
  /** From the address, which ends up in logs on the way: so it is worth nothing once it has been used. */
  readonly ticket: string | undefined;
  /** By an access token, for who can send one; asked where there is no ticket. */
  readonly authenticate: () => Promise<Actor>;
}

/**
 * Who asks for a subscription, by a ticket or an access token. A ticket works once, and also after its session has ended: who
 * comes with it is then told so. Throws `SUBSCRIPTION_TICKET_INVALID`, `UNAUTHENTICATED` and `ACCESS_TOKEN_INVALID`.
 */
export async function identifySubscriber(
  deps: TicketDeps,
  { ip, ticket, authenticate }: SubscriptionRequest,
): Promise<Subscriber> {
  if (ticket === undefined) {
    const { session, userId } = await authenticate();
    return { sessionId: session.public_id, userId, ip };
  }
  // Whatever it is: one that is malformed is refused as late as one that was used.
  const holder = await takeTicket(deps.db, digestSecret(ticket), deps.clock.now());
  if (holder === undefined) throw new GatehouseError("SUBSCRIPTION_TICKET_INVALID");
  return { sessionId: holder.session_public_id, userId: holder.user_id, ip };
}
