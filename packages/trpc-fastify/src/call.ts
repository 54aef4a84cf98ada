import { getTRPCErrorFromUnknown, TRPCError } from "@trpc/server";
import type { TRPCRequestInfo } from "@trpc/server/http";
import { callProcedure } from "./call-procedure.ts";
import type { Exchange } from "./exchange.ts";

/** The outcome of one call. */
export type Outcome = { readonly data: unknown; readonly error?: never } | { readonly error: TRPCError };

type Call = TRPCRequestInfo["calls"][number];

/** Calls one procedure; a failure is reported and becomes the outcome. Rejects only when `onError` throws. */
export async function runCall(exchange: Exchange, call: Call): Promise<Outcome> {
  try {
    return { data: await invoke(exchange, call) };
  } catch (cause) {
    const error = getTRPCErrorFromUnknown(cause);
    exchange.options.onError?.({
      error,
      path: call.path,
      input: call.result(),
      ctx: exchange.context,
      type: call.procedure?._def.type ?? "unknown",
      req: exchange.request,
    });
    return { error };
  }
}

/** Refuses in tRPC's order: unknown procedure, wrong method, no context. */
function invoke({ options, request, info, context, contextFailure }: Exchange, call: Call): Promise<unknown> {
  const { procedure, path, getRawInput, batchIndex } = call;
  if (procedure === null) {
    throw new TRPCError({ code: "NOT_FOUND", message: `No procedure found on path "${path}"` });
  }
  const { type } = procedure._def;
  if (!isMethodOf(type, request.raw.method, options.allowMethodOverride ?? false)) {
    throw new TRPCError({
      code: "METHOD_NOT_SUPPORTED",
      message: `Unsupported ${request.raw.method}-request to ${type} procedure at path "${path}"`,
    });
  }
  if (contextFailure !== undefined) throw contextFailure;
  return callProcedure(procedure, { path, getRawInput, ctx: context, type, signal: info.signal, batchIndex });
}

function isMethodOf(type: string, method: string | undefined, allowMethodOverride: boolean): boolean {
  if (type === "mutation") return method === "POST";
  return method === "GET" || (allowMethodOverride && method === "POST");
}
