import { httpBatchLink, type OperationLink, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { accessTokenOf } from "./access-token-context.ts";
import { httpOptions, type RequestOptions } from "./http-options.ts";

/** Calls in one request; the server's own limit (`MAX_BATCH_SIZE`) is 50 unless its operator changes it. */
const maxItems = 20;

/** Characters of an address, below what the usual proxies accept (8 KiB for the whole first line). */
const maxURLLength = 4000;

/**
 * Sends calls of the same tick in one request. A request has one `Authorization` header, so that only calls with the
 * same access token share one.
 */
export function bearerBatchLink(options: RequestOptions): TRPCLink<AnyTRPCRouter> {
  return (runtime) => {
    const open = (token?: string) =>
      httpBatchLink<AnyTRPCRouter>({ ...httpOptions(options, token), maxItems, maxURLLength })(runtime);
    const anonymous = open();
    let latest: { readonly token: string; readonly send: OperationLink<AnyTRPCRouter> } | undefined;
    return (call) => {
      const token = accessTokenOf(call.op);
      if (token === undefined) return anonymous(call);
      if (latest?.token !== token) latest = { token, send: open(token) };
      return latest.send(call);
    };
  };
}
