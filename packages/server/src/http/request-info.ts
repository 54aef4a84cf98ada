import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import proxyAddress from "@fastify/proxy-addr";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Dependencies } from "../dependencies.ts";
import type { Context } from "../rpc/context.ts";
import { ExchangedCookies } from "./session-cookies.ts";

/** Stored of a user agent at most. */
const maxUserAgentCharacters = 512;

/** A request with its answer, and the ticket that a subscription's connection parameters held. */
interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly ticket?: string | undefined;
}

/** A request's context for the procedures it calls. */
export function createContext(deps: Dependencies, { request, reply, ticket }: Exchange): Context {
  return {
    deps,
    request: {
      id: request.id,
      ip: request.clientAddress,
      userAgent: request.headers["user-agent"]?.slice(0, maxUserAgentCharacters) ?? null,
      authorization: request.headers.authorization,
      ticket,
    },
    cookies: new ExchangedCookies(deps.config, { request, reply }),
  };
}

/**
 * The id of a request: the one in `X-Request-Id` where a trusted proxy sent it, or a new one. An id from anybody else
 * could forge lines of the log.
 */
export function createRequestId(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const isTrusted = proxyAddress.compile([...trustedProxies]);
  return ({ headers, socket }) => {
    const given = headers["x-request-id"];
    const isUsable = typeof given === "string" && /^[A-Za-z0-9_-]{8,64}$/.test(given);
    return isUsable && isTrusted(socket.remoteAddress ?? "", 0) ? given : randomUUID();
  };
}
