import { getTRPCErrorFromUnknown } from "@trpc/server";
import type { Exchange } from "./exchange.ts";

/** Makes the context of the exchange, or records its error. Waits only if `createContext` does. */
export function openContext(exchange: Exchange): Promise<void> | undefined {
  const { options, request, reply, path, info } = exchange;
  try {
    const given = { ...options, req: request, res: reply, path, info };
    const context: unknown = options.createContext?.(given);
    if (isThenable(context)) return settle(exchange, context);
    exchange.context = context;
  } catch (cause) {
    exchange.contextFailure = getTRPCErrorFromUnknown(cause);
  }
  return undefined;
}

async function settle(exchange: Exchange, context: PromiseLike<unknown>): Promise<void> {
  try {
    exchange.context = await context;
  } catch (cause) {
    exchange.contextFailure = getTRPCErrorFromUnknown(cause);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
