import type { z } from "zod";
import type { Outbound } from "../../outbound/outbound.ts";
import { ProviderError } from "./provider.ts";

/** The parts of `fetch` that the libraries use. */
export type ProviderFetch = (url: string, options?: ProviderRequest) => Promise<Response>;

/** A request, as the libraries and our own code make it. */
interface ProviderRequest {
  readonly method?: string | undefined;
  readonly headers?: Headers | Record<string, string> | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The largest response of a provider, in bytes: key sets of large providers have some tens of KiB. */
const maxResponseBytes = 256 * 1024;

interface ProviderHttpOptions {
  readonly outbound: Pick<Outbound, "send">;
  /** How long a provider may take for a response; its user waits at a blank page. */
  readonly timeoutMillis: number;
  /** Where requests go instead, for tests: `<detour>/<host><path>`. */
  readonly detour: string | undefined;
}

/**
 * Returns a `fetch` over `outbound/`: an issuer is an address like that of a webhook, so it must not lead inside. No redirect is
 * followed, and a response is cut off at {@link maxResponseBytes}, which no parser then accepts.
 */
export function createProviderFetch({ outbound, timeoutMillis, detour }: ProviderHttpOptions): ProviderFetch {
  return async (address, { method = "GET", headers, body, signal = AbortSignal.timeout(timeoutMillis) } = {}) => {
    const sent = bodyOf(body);
    const response = await outbound.send({
      url: detoured(new URL(address), detour),
      method: method === "POST" ? "POST" : "GET",
      headers: { "user-agent": "gatehouse", ...Object.fromEntries(new Headers(headers)), ...lengthOf(sent) },
      body: sent,
      maxResponseBytes,
      signal,
    });
    const type = response.headers["content-type"];
    return new Response(isWithoutBody(response.status) ? null : new Uint8Array(response.body), {
      status: response.status,
      headers: type === undefined ? {} : { "content-type": type },
    });
  };
}

/** The address to which a request, or the browser, goes. */
export function detoured(url: URL, detour: string | undefined): URL {
  return detour === undefined ? url : new URL(`${detour}/${url.host}${url.pathname}${url.search}`);
}

function bodyOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (body instanceof Uint8Array) return body;
  return Buffer.from(String(body));
}

function lengthOf(body: Uint8Array | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(body.length) };
}

/** A `Response` of these statuses may have no body; any other status than 200 to 599 cannot be made. */
function isWithoutBody(status: number): boolean {
  if (status < 200 || status > 599)
    throw new ProviderError("unavailable", `The provider answered with status ${status}`);
  return [204, 205, 304].includes(status);
}

/** Fetches JSON of the schema. Throws {@link ProviderError}. */
export async function fetchJson<Schema extends z.ZodType>(
  fetch: ProviderFetch,
  schema: Schema,
  { url, ...options }: ProviderRequest & { readonly url: string },
): Promise<z.output<Schema>> {
  const { host, pathname } = new URL(url);
  try {
    const response = await fetch(url, { ...options, headers: { accept: "application/json", ...options.headers } });
    if (response.status !== 200)
      throw new ProviderError("unavailable", `${host}${pathname} answered ${response.status}`);
    return schema.parse(await response.json());
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    throw new ProviderError("unavailable", `${host}${pathname} did not answer as expected`, { cause });
  }
}
