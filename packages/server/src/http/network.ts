import { isIPv4 } from "node:net";
import { normalizeIP } from "@fastify/rate-limit";

/** Bits of an IPv6 address that a caller cannot choose: an access line usually gets all addresses below them. */
const ipv6NetworkBits = 64;

/** Bits of the largest network that a provider usually gives one customer (RFC 6177). */
const ipv6WideNetworkBits = 48;

/** Whom a limit counts an address for: itself, or its /64 where it is IPv6. */
export function networkOf(ip: string): string {
  // Without a colon it is IPv4 already, as nearly all are.
  return ip.includes(":") ? normalizeIP(ip, ipv6NetworkBits) : ip;
}

/** A network that one attacker may have as a whole. */
export interface WideNetwork {
  readonly name: string;
  readonly family: "ipv4" | "ipv6";
}

/** The network above the one that an address is counted for: the /24 of an IPv4 address, the /48 of an IPv6 address. */
export function wideNetworkOf(ip: string): WideNetwork {
  const network = ip.includes(":") ? normalizeIP(ip, ipv6WideNetworkBits) : ip;
  return isIPv4(network)
    ? { name: `${network.slice(0, network.lastIndexOf("."))}.0/24`, family: "ipv4" }
    : { name: `${network}/${ipv6WideNetworkBits}`, family: "ipv6" };
}
