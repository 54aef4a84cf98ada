import { isIP } from "node:net";
import { hostOf, type OutboundRules, refuseAddresses, refuseUrl } from "./destination.ts";
import { type ResolveHost, systemResolve } from "./dns-resolve.ts";
import type { KeptConnections } from "./kept-connections.ts";
import { type OutboundResponse, type PinnedRequest, requestPinned } from "./pinned-request.ts";

/** A request to an address that somebody else chose. */
interface OutboundRequest extends Omit<PinnedRequest, "address" | "connections" | "maxResponseBytes"> {
  /** Default 64 KiB. */
  readonly maxResponseBytes?: number;
}

/**
 * Sends requests to addresses that somebody else chose, such as webhooks. The rules are checked at each request, against the
 * address that it then connects to.
 */
export interface Outbound {
  /** Throws {@link OutboundError}. */
  send(request: OutboundRequest): Promise<OutboundResponse>;
  /** Returns why the rules forbid the URL; the addresses of a host are checked by each request. */
  refuse(url: URL): string | undefined;
}

/** Why there is no response. */
type OutboundFailure = "refused" | "unresolved" | "unreachable" | "timeout" | "aborted";

/** A request got no response. The message names no address, so that it tells nobody what is inside a network. */
export class OutboundError extends Error {
  override readonly name = "OutboundError";
  readonly failure: OutboundFailure;

  constructor(failure: OutboundFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

interface OutboundOptions {
  readonly rules: OutboundRules;
  /** Default: the operating system's resolver, which is for addresses that operators chose. */
  readonly resolve?: ResolveHost;
  /** Milliseconds for a whole request: name, connection, response and its body. Default 15,000. */
  readonly timeoutMillis?: number;
  /** Connections to use again, for many requests to few hosts. Default: none. */
  readonly connections?: KeptConnections;
}

const defaultMaxResponseBytes = 64 * 1024;

/** Creates the only way by which the server calls addresses that it was given by callers. */
export function createOutbound(options: OutboundOptions): Outbound {
  const { rules, resolve = systemResolve, timeoutMillis = 15_000, connections } = options;
  return {
    refuse: (url) => refuseUrl(rules, url),
    async send({ maxResponseBytes = defaultMaxResponseBytes, ...request }) {
      const timeout = AbortSignal.timeout(timeoutMillis);
      const signal = AbortSignal.any([request.signal, timeout]);
      try {
        const address = await findAddress({ rules, resolve }, request.url, signal);
        return await requestPinned({ ...request, address, maxResponseBytes, signal, connections });
      } catch (cause) {
        throw toOutboundError(cause, { timeout, aborted: request.signal });
      }
    },
  };
}

/** Resolves the host once. The rules apply to all its addresses, and the request goes to the first. */
async function findAddress(
  { rules, resolve }: Required<Pick<OutboundOptions, "rules" | "resolve">>,
  url: URL,
  signal: AbortSignal,
): Promise<string> {
  const refusedUrl = refuseUrl(rules, url);
  if (refusedUrl !== undefined) throw new OutboundError("refused", refusedUrl);
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await untilAborted(resolve(host), signal) : [host];
  const refused = refuseAddresses(rules, addresses);
  if (refused !== undefined) throw new OutboundError("refused", refused);
  const [address] = addresses;
  if (address === undefined) throw new OutboundError("unresolved", "The host has no address");
  return address;
}

/** The resolver of the operating system cannot be aborted, so its result is left behind. */
async function untilAborted(resolving: Promise<readonly string[]>, signal: AbortSignal): Promise<readonly string[]> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([resolving, aborted.promise]);
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new OutboundError("unresolved", "The host cannot be resolved", { cause });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function toOutboundError(
  cause: unknown,
  { timeout, aborted }: { readonly timeout: AbortSignal; readonly aborted: AbortSignal },
): OutboundError {
  if (cause instanceof OutboundError) return cause;
  if (aborted.aborted) return new OutboundError("aborted", "The request was aborted", { cause });
  if (timeout.aborted) return new OutboundError("timeout", "No complete response in time", { cause });
  return new OutboundError("unreachable", `The connection failed${codeOf(cause)}`, { cause });
}

/** Node's code of a failure, such as `ECONNREFUSED`; its message would name the address. */
function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? ` (${cause.code})` : "";
}
