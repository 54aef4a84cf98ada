import { getTRPCErrorFromUnknown, TRPCError } from "@trpc/server";
import type { TRPCRequestInfo } from "@trpc/server/http";
import { isObservable, observableToAsyncIterable } from "@trpc/server/observable";
import { answerFailure } from "./answer.ts";
import { runCall } from "./call.ts";
import { openContext } from "./context.ts";
import { EventStream } from "./event-stream.ts";
import type { Exchange } from "./exchange.ts";
import { prepareStreamHead, serializeError, serializeValue } from "./response.ts";

type Call = TRPCRequestInfo["calls"][number];

/** tRPC's default interval of pings. */
const defaultPingMillis = 1000;

/**
 * Calls the subscription of an exchange, sets status and headers on the reply, and returns the stream. A refusal is an
 * event of the stream too, as tRPC's clients expect. Rejects under the same conditions as `answerDirectly`.
 */
export async function answerSubscription(
  exchange: Exchange,
  lastEventId: string | null,
): Promise<EventStream | string | Response> {
  const [call] = exchange.info.calls;
  try {
    await openContext(exchange);
    if (call === undefined) throw new Error("a request without a call");
    const values = await open(exchange, call);
    const stream = openStream(exchange, { call, values, lastEventId });
    try {
      prepareStreamHead(exchange);
      return stream;
    } catch (cause) {
      stream.destroy();
      throw cause;
    }
  } catch (cause) {
    return answerFailure(exchange, cause);
  }
}

async function open(exchange: Exchange, call: Call): Promise<AsyncIterable<unknown>> {
  const { data, error } = { error: undefined, data: undefined, ...(await runCall(exchange, call)) };
  if (error !== undefined) return failing(error);
  if (isObservable(data)) return observableToAsyncIterable(data, exchange.info.signal);
  if (isAsyncIterable(data)) return data;
  const message = `Subscription ${call.path} did not return an observable or a AsyncGenerator`;
  return failing(new TRPCError({ code: "INTERNAL_SERVER_ERROR", message }));
}

interface Opened {
  readonly call: Call;
  readonly values: AsyncIterable<unknown>;
  readonly lastEventId: string | null;
}

function openStream({ options, request, context }: Exchange, { call, values, lastEventId }: Opened): EventStream {
  // The stream does not hold the rest of the exchange, such as the head of the response, while it is open.
  const origin = { options, request, context };
  const { ping, client = {} } = options.router._def._config.sse ?? {};
  const pingMillis = ping?.enabled ? (ping.intervalMs ?? defaultPingMillis) : 0;
  return new EventStream({
    values,
    lastEventId,
    clientOptions: client,
    pingMillis: pingMillis > 0 && Number.isFinite(pingMillis) ? pingMillis : undefined,
    serialize: (value) => serializeValue(options, value),
    describeFailure: (cause) => describeFailure(origin, call, cause),
  });
}

type Origin = Pick<Exchange, "options" | "request" | "context">;

function describeFailure({ options, request, context }: Origin, call: Call, cause: unknown): string {
  const failure = {
    error: getTRPCErrorFromUnknown(cause),
    path: call.path,
    input: call.result(),
    type: "subscription" as const,
  };
  options.onError?.({ ...failure, ctx: context, req: request });
  return serializeError({ options, context }, failure);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** A stream that contains only the error. */
function failing(error: TRPCError): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}
