import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import proxyAddress from "@fastify/proxy-addr";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /**
     * The caller's IP address in canonical form: the nearest address, of the connection or in `X-Forwarded-For`, that is not a
     * trusted proxy. Unlike Fastify's `ip`, it is an address whatever the header contains.
     */
    readonly clientAddress: string;
  }
}

/** The most proxies that are followed, which bounds the cost of a long header. */
const maxProxies = 32;

/** The address of a connection that has none, because it ended before its address was read (RFC 1122, 3.2.1.3). */
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
 * Returns a function that finds the caller's address. It reads `X-Forwarded-For` from its end, one entry for each trusted
 * proxy. An entry that is not an address ends the search: the caller is then the proxy that wrote the entry. So limits, logs
 * and sessions contain only addresses.
 */
export function createClientAddress(trustedProxies: readonly string[]): (request: Incoming) => string {
  const isTrusted = proxyAddress.compile([...trustedProxies]);
  return ({ headers, socket }) => {
    let address = canonicalAddress(socket.remoteAddress ?? unspecified) ?? unspecified;
    // Node joins repeated headers into one.
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

/** `IPv4:port`, with one colon only, since an IPv6 address without brackets has no port. */
const withPort = /^([\d.]+):\d{1,5}$/;

/**
 * Returns the address of an entry of `X-Forwarded-For` in canonical form; `undefined` for an entry without one, such as
 * `unknown`.
 */
function parseForwardedAddress(entry: string): string | undefined {
  const text = entry.trim();
  if (text.length > maxEntryCharacters) return undefined;
  const inBrackets = bracketed.exec(text)?.[1];
  if (inBrackets !== undefined) return isIP(inBrackets) === 6 ? canonicalAddress(inBrackets) : undefined;
  return canonicalAddress(withPort.exec(text)?.[1] ?? text);
}

/** An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2), as the URL standard writes it. */
const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

/** Returns the canonical form of an address (RFC 5952): lower case, no zone, and IPv4 for an IPv4-mapped address. */
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
