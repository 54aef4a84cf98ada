import type { AnyTRPCRouter } from "@trpc/server";
import { type FastifyHandlerOptions, fastifyRequestHandler } from "@trpc/server/adapters/fastify";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AddressReader } from "./address.ts";
import { answerDirectly } from "./answer.ts";
import { readDirectRequest } from "./direct-request.ts";
import type { Exchange } from "./exchange.ts";
import type { HandlerOptions } from "./options.ts";
import type { RequestInfo } from "./request-info.ts";
import { ResponseHead } from "./response-head.ts";
import { answerSubscription } from "./subscription.ts";
import { readSubscriptionRequest } from "./subscription-request.ts";

/**
 * Answers one request for the procedures that `path` names, percent-encoded once. Returns the value for Fastify to
 * send.
 */
export type FastifyTrpcHandler = (request: FastifyRequest, reply: FastifyReply, path: string) => Promise<unknown>;

/**
 * The plugin's request handler by itself, for a route of your own: with other methods, parsers or error handling than the
 * plugin sets up. JSON bodies must arrive as text (`parseAs: "string"`) to be answered directly.
 *
 * Queries, mutations and subscriptions are answered by calling their procedures; anything else goes to the stock handler. It rejects
 * where the stock one does, which is for Fastify's error handler: on a request without a readable address, and when
 * `onError`, `responseMeta` or the error formatter throw.
 */
export function fastifyTRPCHandler<TRouter extends AnyTRPCRouter>(
  typedOptions: FastifyHandlerOptions<TRouter, FastifyRequest, FastifyReply>,
): FastifyTrpcHandler {
  // The router's types end here: contexts are passed to procedures without being inspected.
  const options = typedOptions as unknown as HandlerOptions;
  const source = { options, addresses: new AddressReader() };
  return (request, reply, path) => {
    const toExchange = (info: RequestInfo): Exchange => {
      leaveBody(request);
      const head = new ResponseHead();
      return { options, request, reply, path, info, head, context: undefined, contextFailure: undefined };
    };
    const direct = readDirectRequest(source, { request, reply, path });
    if (direct !== undefined) return answerDirectly(toExchange(direct));
    const subscription = readSubscriptionRequest(source, { request, reply, path });
    if (subscription !== undefined) return answerSubscription(toExchange(subscription.info), subscription.lastEventId);
    return fastifyRequestHandler({ ...options, req: request, res: reply, path });
  };
}

/** The stock handler puts the body on the raw request, where contexts and procedures may read it. */
function leaveBody({ raw, body }: { raw: FastifyRequest["raw"] & { body?: unknown }; body: unknown }): void {
  raw.body = body;
}
