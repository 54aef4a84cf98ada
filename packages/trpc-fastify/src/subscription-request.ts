import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import type { TRPCRequestInfo } from "@trpc/server/http";
import { parseConnectionParamsFromString } from "@trpc/server/unstable-core-do-not-import";
import type { FastifyRequest } from "fastify";
import { abortSignalOf } from "./abort-signal.ts";
import type { Arrival, Source } from "./exchange.ts";
import { RequestInputs } from "./inputs.ts";
import { isPlainCall } from "./plain-call.ts";
import { RequestInfo } from "./request-info.ts";

/** The request for a subscription. */
export interface SubscriptionRequest {
  readonly info: RequestInfo;
  /** The id of the client's last event; null if it has none. */
  readonly lastEventId: string | null;
}

/**
 * Reads the request for a subscription in tRPC's terms. Returns undefined if it asks for none, or if the stock handler has to
 * respond.
 */
export function readSubscriptionRequest(
  { options, addresses }: Source,
  { request, reply, path }: Arrival,
): SubscriptionRequest | undefined {
  const procedure = findSubscription(options.router, path);
  if (procedure === undefined || request.raw.method !== "GET" || !isPlainCall(request)) return undefined;
  const search = addresses.readSearch(request.raw);
  const query = new URLSearchParams(search);
  const connectionParams = readConnectionParams(query.get("connectionParams"));
  if (search === undefined || connectionParams === undefined || query.get("batch") === "1") return undefined;
  const lastEventId = readLastEventId(request, query);
  const { transformer } = options.router._def._config;
  const inputs = new RequestInputs({
    text: query.get("input") || undefined,
    batchSize: undefined,
    transformer: transformer.input,
  });
  const call = {
    batchIndex: 0,
    path,
    procedure,
    getRawInput: async () => withLastEventId(await inputs.read(0), lastEventId),
    result: () => inputs.peek(0),
  };
  const signal = abortSignalOf(request, reply);
  const fields = { isBatchCall: false, calls: [call], type: "subscription" as const, connectionParams, signal };
  return { info: new RequestInfo(request.raw, fields), lastEventId };
}

/**
 * Finds a subscription that we can stream. tRPC itself handles servers without streams, and servers that limit a stream's time.
 */
function findSubscription(router: AnyTRPCRouter, path: string): AnyTRPCProcedure | undefined {
  const procedure = router._def.procedures[path] as AnyTRPCProcedure | undefined;
  if (procedure?._def.type !== "subscription") return undefined;
  const { enabled = true, maxDurationMs, emitAndEndImmediately, ping, client } = router._def._config.sse ?? {};
  const isWrong = (ping?.intervalMs ?? 0) > (client?.reconnectAfterInactivityMs ?? Number.POSITIVE_INFINITY);
  return enabled && !maxDurationMs && !emitAndEndImmediately && !isWrong ? procedure : undefined;
}

/** Returns null if there are none, undefined if they cannot be read. */
function readConnectionParams(text: string | null): TRPCRequestInfo["connectionParams"] | undefined {
  if (text === null) return null;
  try {
    return parseConnectionParamsFromString(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads the id from the header, which an `EventSource` sends when it reconnects, or from the parameter, which tRPC's client
 * sends.
 */
function readLastEventId({ headers }: FastifyRequest, query: URLSearchParams): string | null {
  const header = headers["last-event-id"];
  return (typeof header === "string" ? header : null) ?? query.get("lastEventId") ?? query.get("Last-Event-Id");
}

function withLastEventId(input: unknown, lastEventId: string | null): unknown {
  if (!lastEventId) return input;
  const isObject = typeof input === "object" && input !== null && !Array.isArray(input);
  return isObject ? { ...input, lastEventId } : (input ?? { lastEventId });
}
