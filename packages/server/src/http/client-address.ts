import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import proxyAddress from "@fastify/proxy-addr";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /**
     * The caller's IP address: the last that no trusted proxy added to `X-Forwarded-For`, in one form. Unlike Fastify's `ip`
     * it is an address whatever the header holds.
     */
    readonly clientAddress: string;
  }
}

/** Proxies behind one another that are followed at most; it bounds what a long header costs. */
const maxProxies = 32;

/** What a connection without an address is counted as: it has ended before it was asked for it (RFC 1122, 3.2.1.3). */
const unspecified = "0.0.0.0";

/** Gives each request its `clientAddress`. */
export function addClientAddress(app: FastifyInstance, trustedProxies: readonly string[]): void {
  const find = createClientAddress(trustedProxies);
  app.decorateRequest("clientAddress", {
    getter() {
      return find(this.raw);
    },
  });
}

/** The part of a request that tells where it comes from. */
type Incoming = Pick<IncomingMessage, "headers"> & {
  readonly socket: Pick<IncomingMessage["socket"], "remoteAddress">;
};

/**
 * Finds the caller's address. `X-Forwarded-For` is read from its end, one entry for each trusted proxy. An entry that is no
 * address ends the search: the caller then is the proxy that wrote it, which keeps text out of limits, logs and sessions.
 */
export function createClientAddress(trustedProxies: readonly string[]): (request: Incoming) => string {
  const isTrusted = proxyAddress.compile([...trustedProxies]);
  return ({ headers, socket }) => {
    let address = canonicalAddress(socket.remoteAddress ?? unspecified) ?? unspecified;
    // Node joins repeated headers to one.
    const header = headers["x-forwarded-for"];
    if (typeof header !== "string") return address;
    let end = header.length;
    for (let proxies = 0; end >= 0 && proxies < maxProxies && isTrusted(address, proxies); proxies++) {
      const comma = end === 0 ? -1 : header.lastIndexOf(",", end - 1);
      const claimed = parseForwardedAddress(header.slice(comma + 1, end));
      if (claimed === undefined) return address;
      address = claimed;
      end = comma;
    }
    return address;
  };
}

/** Longer than any entry that is an address: 45 characters of IPv6, brackets, a port and a zone. */
const maxEntryCharacters = 100;

/** `[IPv6]`, perhaps with a port. */
const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/;

/** `IPv4:port`; one colon only, for an IPv6 address without brackets has no port. */
const withPort = /^([\d.]+):\d{1,5}$/;

/** The address that an entry of `X-Forwarded-For` holds, in one form; `undefined` for what is none, such as `unknown`. */
function parseForwardedAddress(entry: string): string | undefined {
  const text = entry.trim();
  if (text.length > maxEntryCharacters) return undefined;
  const inBrackets = bracketed.exec(text)?.[1];
  if (inBrackets !== undefined) return isIP(inBrackets) === 6 ? canonicalAddress(inBrackets) : undefined;
  return canonicalAddress(withPort.exec(text)?.[1] ?? text);
}

/** An IPv4 address within IPv6 (RFC 4291, 2.5.5.2), as the URL standard writes it. */
const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

/** One form for each address (RFC 5952): small letters, no zone, and IPv4 as itself where it is mapped into IPv6. */
function canonicalAddress(text: string): string | undefined {
  const family = isIP(text);
  if (family !== 6) return family === 4 ? text : undefined;
  const [withoutZone] = text.split("%", 1);
  const address = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1);
  const [, high, low] = mapped.exec(address) ?? [];
  return high === undefined || low === undefined ? address : dotted(high, low);
}

function dotted(high: string, low: string): string {
  const bytes = Buffer.from(high.padStart(4, "0") + low.padStart(4, "0"), "hex");
  return bytes.join(".");
}
