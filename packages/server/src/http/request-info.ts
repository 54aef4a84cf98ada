import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import proxyAddress from "@fastify/proxy-addr";
import type { FastifyReply, FastifyRequest } from "fastify";
import { anonymousCall } from "../audit/call.ts";
import type { Dependencies } from "../dependencies.ts";
import type { Context } from "../rpc/context.ts";
import { ExchangedCookies } from "./session-cookies.ts";

/** The most characters that are stored of a user agent. */
const maxUserAgentCharacters = 512;

/** A request with its response, and the ticket in a subscription's connection parameters. */
interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly ticket?: string | undefined;
  /** Whether the call changes something although its method is safe. Default: the method decides. */
  readonly isMutation?: boolean;
}

/** Creates the context of the procedures that a request calls. */
export function createContext(deps: Dependencies, { request, reply, ticket, isMutation }: Exchange): Context {
  const info = {
    id: request.id,
    ip: request.clientAddress,
    userAgent: request.headers["user-agent"]?.slice(0, maxUserAgentCharacters) ?? null,
    authorization: request.headers.authorization,
    ticket,
  };
  return {
    deps: { ...deps, call: anonymousCall(info) },
    request: info,
    cookies: new ExchangedCookies(deps.config, { request, reply, isMutation }),
  };
}

/**
 * Returns a function that finds the id of a request: the `X-Request-Id` of a trusted proxy, or a new one. Any other sender
 * could forge lines of the log with its id.
 */
export function createRequestId(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const isTrusted = proxyAddress.compile([...trustedProxies]);
  return ({ headers, socket }) => {
    const given = headers["x-request-id"];
    const isUsable = typeof given === "string" && /^[A-Za-z0-9_-]{8,64}$/.test(given);
    return isUsable && isTrusted(socket.remoteAddress ?? "", 0) ? given : randomUUID();
  };
}
