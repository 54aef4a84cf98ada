import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { eventStream } from "../../rpc/event-stream.ts";
import { authedProcedure, subscriptionProcedure } from "../../rpc/procedures.ts";
import { sessionEventSchema, sessionEventsInput } from "./schema.ts";
import { idOfSession, subscribeToSession } from "./service.ts";
import { createSubscriptionTicket } from "./ticket.ts";
import { subscriptionTicketOutput } from "./ticket-schema.ts";

/** Live events of the caller's session, and the tickets that open them. */
export const sessionEventsRouter = {
  createSubscriptionTicket: authedProcedure
    .meta({
      impersonation: "allowed",
      openapi: {
        method: "POST",
        path: "/v1/auth/subscription-tickets",
        tags: ["Authentication"],
        summary: "Get a ticket that opens one subscription",
        description: "It works once and within 30 seconds, so that it may stand in an address, where no token may.",
      },
      successStatus: 201,
      limits: [callLimits.subscriptionTicket],
      errors: ["TOO_MANY_REQUESTS"],
      audit: { none: "The ticket opens within seconds what the session may read anyway." },
    })
    .input(z.void())
    .output(subscriptionTicketOutput)
    .mutation(async ({ ctx }) => ({
      ...(await createSubscriptionTicket(ctx.deps, ctx.actor)),
      sessionEventId: idOfSession(ctx.actor),
    })),

  /** Over RPC only, by server-sent events; see docs/guides/live-events.md. */
  onSessionChange: subscriptionProcedure
    .meta({ errors: ["SUBSCRIPTION_TICKET_INVALID", "TOO_MANY_SUBSCRIPTIONS", "SERVICE_UNAVAILABLE"] })
    .input(sessionEventsInput)
    .output(eventStream(sessionEventSchema))
    .subscription(({ ctx, input, signal }) =>
      subscribeToSession(ctx.deps, ctx.subscriber, { lastEventId: input?.lastEventId ?? undefined, signal }),
    ),
} satisfies TRPCRouterRecord;
