import type { httpLink } from "@trpc/client";
import type { TRPCCombinedDataTransformer } from "@trpc/server";
import superjson from "superjson";
import type { Transport } from "../procedures.ts";
import { writeInput } from "./write-input.ts";

/** The app's choices about its requests. */
export interface RequestOptions {
  readonly url: string;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How the session's tokens travel. Default `body`. */
  readonly transport?: Transport | undefined;
}

type FetchEsque = NonNullable<Parameters<typeof httpLink>[0]["fetch"]>;

/** The same options in the form of tRPC's links. */
interface HttpOptions {
  readonly url: string;
  readonly transformer: TRPCCombinedDataTransformer;
  readonly headers: Record<string, string>;
  readonly fetch?: FetchEsque;
}

/** The server accepts only a part of superjson's format in inputs, and uses the whole format in answers. */
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

/** tRPC's type of `init` allows `undefined` where the platform's type omits a property; both mean the same. */
function toFetchEsque(fetch: typeof globalThis.fetch): FetchEsque {
  return (input, init) => fetch(input, init as RequestInit);
}

/** Needed to send cookies to another origin. */
function withCookies(fetch: typeof globalThis.fetch = globalThis.fetch): FetchEsque {
  return toFetchEsque((input, init) => fetch(input, { ...init, credentials: "include" }));
}
