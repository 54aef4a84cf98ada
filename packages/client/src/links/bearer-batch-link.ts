import { httpBatchLink, httpLink, type OperationLink, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { accessTokenOf } from "./access-token.ts";
import { httpOptions, type RequestOptions } from "./http-options.ts";
import { observeOutcome } from "./outcome.ts";
import { writeInput } from "./write-input.ts";

/** Calls in one request; the server's own limit (`MAX_BATCH_SIZE`) is 50 unless its operator changes it. */
const maxItems = 20;

/** UTF-8 bytes of an input that travels with others: so many of them are below what a server takes by default, 64 KiB. */
const maxBatchedInputBytes = 3000;

/** Characters of an address, below what the usual proxies accept (8 KiB for the whole first line). */
const maxURLLength = 4000;

/**
 * Sends calls of the same tick in one request. A request has one `Authorization` header, so that only calls with the
 * same access token share one. A large input travels alone, since of a batch the server takes no more than of each call; one
 * that cannot be sent fails its own call.
 */
export function bearerBatchLink(options: RequestOptions): TRPCLink<AnyTRPCRouter> {
  return (runtime) => {
    const open = (token?: string): OperationLink<AnyTRPCRouter> => {
      const batched = httpBatchLink<AnyTRPCRouter>({ ...httpOptions(options, token), maxItems, maxURLLength })(runtime);
      const alone = httpLink<AnyTRPCRouter>(httpOptions(options, token))(runtime);
      return (call) => {
        try {
          return isLarge(call.op.input) ? alone(call) : batched(call);
        } catch (error) {
          return observeOutcome(() => Promise.reject(error));
        }
      };
    };
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

/** Throws where the input cannot be sent. */
function isLarge(input: unknown): boolean {
  // React Native has had no TextEncoder for long; a character beyond ASCII takes three bytes at most.
  const bytes = JSON.stringify(writeInput(input)).replaceAll(/[\u0080-\uffff]/g, "___").length;
  return bytes > maxBatchedInputBytes;
}
