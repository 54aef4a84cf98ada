import type { AnyTRPCRouter } from "@trpc/server";
import type { FastifyHandlerOptions } from "@trpc/server/adapters/fastify";
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
 * The plugin's request handler alone, for a route of your own with other methods, parsers or error handling than the
 * plugin's. JSON bodies must arrive as text (`parseAs: "string"`) to be answered directly.
 *
 * It answers queries, mutations and subscriptions by calling their procedures, and passes anything else to the stock
 * handler. Like the stock handler it rejects, for Fastify's error handler, if the address cannot be read, and if
 * `onError`, `responseMeta` or the error formatter throws.
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
    return answerAsStock(options, { request, reply, path });
  };
}

async function answerAsStock(
  options: HandlerOptions,
  { request, reply, path }: Pick<Exchange, "request" | "reply" | "path">,
): Promise<unknown> {
  // Loads Node's HTTP client too, which most servers do not need, so it is loaded for the first request that needs it.
  const { fastifyRequestHandler } = await import("@trpc/server/adapters/fastify");
  return await fastifyRequestHandler({ ...options, req: request, res: reply, path });
}

/** The stock handler puts the body on the raw request, where contexts and procedures may read it. */
function leaveBody({ raw, body }: { raw: FastifyRequest["raw"] & { body?: unknown }; body: unknown }): void {
  raw.body = body;
}
