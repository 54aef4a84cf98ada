import type { httpLink } from "@trpc/client";
import superjson from "superjson";

/** What the app decided about its requests. */
export interface RequestOptions {
  readonly url: string;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

type FetchEsque = NonNullable<Parameters<typeof httpLink>[0]["fetch"]>;

/** The same, as tRPC's links take it. */
interface HttpOptions {
  readonly url: string;
  readonly transformer: typeof superjson;
  readonly headers: Record<string, string>;
  readonly fetch?: FetchEsque;
}

/** The options of a link that sends the access token, if there is one. */
export function httpOptions({ url, headers, fetch }: RequestOptions, accessToken?: string): HttpOptions {
  return {
    url: `${url.replace(/\/+$/, "")}/rpc`,
    transformer: superjson,
    headers: { ...headers, ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }) },
    ...(fetch === undefined ? {} : { fetch: toFetchEsque(fetch) }),
  };
}

/** tRPC's type of `init` names `undefined` where the platform's leaves a property out; they mean the same. */
function toFetchEsque(fetch: typeof globalThis.fetch): FetchEsque {
  return (input, init) => fetch(input, init as RequestInit);
}
