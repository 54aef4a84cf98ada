import { httpBatchLink, httpLink, type OperationLink, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { accessTokenOf } from "./access-token.ts";
import { httpOptions, type RequestOptions } from "./http-options.ts";
import { observeOutcome } from "./outcome.ts";
import { writeInput } from "./write-input.ts";

/** The most calls in one request; the server's limit (`MAX_BATCH_SIZE`) is 50 unless its operator changes it. */
const maxItems = 20;

/**
 * The most UTF-8 bytes of an input that shares a request: a full batch of such inputs stays below the server's default
 * of 64 KiB.
 */
const maxBatchedInputBytes = 3000;

/** The most characters of an address; common proxies accept 8 KiB for the whole first line. */
const maxURLLength = 4000;

/**
 * Sends calls of the same tick in one request. A request has one `Authorization` header, so only calls with the same
 * access token share a request. A large input travels alone, since the limit of a batch is the smallest limit of its
 * calls, and so does a file. An input that cannot be sent fails only its own call.
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

/** Throws if the input cannot be sent. Bytes are a body of their own. */
function isLarge(input: unknown): boolean {
  if (input instanceof Uint8Array || input instanceof Blob) return true;
  // Older React Native has no TextEncoder. A character beyond ASCII takes at most three bytes.
  const bytes = JSON.stringify(writeInput(input)).replaceAll(/[\u0080-\uffff]/g, "___").length;
  return bytes > maxBatchedInputBytes;
}
