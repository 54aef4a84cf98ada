import type { httpLink } from "@trpc/client";
import type { TRPCCombinedDataTransformer } from "@trpc/server";
import superjson from "superjson";
import type { Transport } from "../procedures.ts";
import { writeInput } from "./write-input.ts";

/** What the app decided about its requests. */
export interface RequestOptions {
  readonly url: string;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How the session's tokens travel. Default `body`. */
  readonly transport?: Transport | undefined;
}

type FetchEsque = NonNullable<Parameters<typeof httpLink>[0]["fetch"]>;

/** The same, as tRPC's links take it. */
interface HttpOptions {
  readonly url: string;
  readonly transformer: TRPCCombinedDataTransformer;
  readonly headers: Record<string, string>;
  readonly fetch?: FetchEsque;
}

/** Of inputs the server takes less than superjson writes; what it answers is superjson's whole form. */
const transformer: TRPCCombinedDataTransformer = {
  input: { serialize: writeInput, deserialize: superjson.deserialize },
  output: superjson,
};

/** The options of a link that sends the access token, if there is one. */
export function httpOptions({ url, headers, fetch, transport }: RequestOptions, accessToken?: string): HttpOptions {
  return {
    url: `${url.replace(/\/+$/, "")}/rpc`,
    transformer,
    headers: { ...headers, ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }) },
    ...(transport === "cookie" ? { fetch: withCookies(fetch) } : fetch && { fetch: toFetchEsque(fetch) }),
  };
}

/** tRPC's type of `init` names `undefined` where the platform's leaves a property out; they mean the same. */
function toFetchEsque(fetch: typeof globalThis.fetch): FetchEsque {
  return (input, init) => fetch(input, init as RequestInit);
}

/** Also to a server of another origin, which needs them said. */
function withCookies(fetch: typeof globalThis.fetch = globalThis.fetch): FetchEsque {
  return toFetchEsque((input, init) => fetch(input, { ...init, credentials: "include" }));
}
