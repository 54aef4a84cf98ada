import { getTRPCErrorFromUnknown, TRPCError } from "@trpc/server";
import type { TRPCRequestInfo } from "@trpc/server/http";
import { type Outcome, runCall } from "./call.ts";
import { openContext } from "./context.ts";
import { isDataStream } from "./data-stream.ts";
import type { Exchange } from "./exchange.ts";
import { prepareHead, serialize, toErrorResponse, toResponse } from "./response.ts";

/**
 * Calls the procedures of an exchange, sets status and headers on the reply, and returns the body. Rejects, with the
 * reply untouched, if `onError`, `responseMeta` or the error formatter throws, as tRPC does.
 */
export async function answerDirectly(exchange: Exchange): Promise<string | Response> {
  const { isBatchCall, calls } = exchange.info;
  const [first] = calls;
  try {
    const opening = openContext(exchange);
    if (opening !== undefined) await opening;
    if (isBatchCall || first === undefined) return await answerBatch(exchange);
    return await answerSingle(exchange, first);
  } catch (cause) {
    return answerFailure(exchange, cause);
  }
}

async function answerSingle(exchange: Exchange, call: TRPCRequestInfo["calls"][number]): Promise<string | Response> {
  const outcome = await runCall(exchange, call);
  exchange.head.declareJson();
  // Outside of a batch a stream fails the request and not the call, so it is reported.
  if (isStream(outcome)) throw refusedStream();
  const response = toResponse(exchange, call, outcome);
  const status = prepareHead(exchange, [response], outcome.error === undefined ? [] : [outcome.error]);
  const body = serialize(exchange, response);
  return exchange.head.complete(exchange.reply, status, body);
}

async function answerBatch(exchange: Exchange): Promise<string | Response> {
  const { info, head, reply } = exchange;
  head.declareJson();
  const called = await Promise.all(info.calls.map(async (call) => ({ call, outcome: await runCall(exchange, call) })));
  const settled = called.map(({ call, outcome }) => ({
    call,
    outcome: isStream(outcome) ? { error: refusedStream() } : outcome,
  }));
  const responses = settled.map(({ call, outcome }) => toResponse(exchange, call, outcome));
  const errors = settled.flatMap(({ outcome }) => outcome.error ?? []);
  const status = prepareHead(exchange, responses, errors);
  const body = serialize(exchange, responses);
  return head.complete(reply, status, body);
}

/** Returns the response to a request that fails as a whole, before any procedure is known. */
export function answerFailure(exchange: Exchange, cause: unknown): string | Response {
  const { options, request, reply, info, head, context } = exchange;
  const failure = { error: getTRPCErrorFromUnknown(cause), path: undefined, input: undefined, type: info.type };
  options.onError?.({ ...failure, ctx: context, req: request });
  const response = toErrorResponse(exchange, failure);
  const body = serialize(exchange, response);
  return head.complete(reply, prepareHead(exchange, response, [failure.error]), body);
}

function isStream(outcome: Outcome): boolean {
  return outcome.error === undefined && isDataStream(outcome.data);
}

function refusedStream(): TRPCError {
  return new TRPCError({
    code: "UNSUPPORTED_MEDIA_TYPE",
    message: "Cannot use stream-like response in non-streaming request - use httpBatchStreamLink",
  });
}
