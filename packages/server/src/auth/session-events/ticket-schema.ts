import { z } from "zod";
import { timestampSchema } from "../../schema/timestamp.ts";

/** The output of `auth.createSubscriptionTicket`. */
export const subscriptionTicketOutput = z
  .object({
    ticket: z.string().meta({ description: "Opens one subscription: send it as the connection parameter `ticket`" }),
    expiresAt: timestampSchema,
    sessionEventId: z.string().meta({
      description: "Stands for the session as it is now: the `lastEventId` to open `auth.onSessionChange` with first",
    }),
  })
  .meta({ id: "SubscriptionTicket" });
