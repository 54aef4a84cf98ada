import { isIPv4 } from "node:net";
import { normalizeIP } from "@fastify/rate-limit";

/** Bits of an IPv6 address that a caller cannot choose: an access line usually gets a whole /64. */
const ipv6NetworkBits = 64;

/** Bits of the largest network that a provider usually gives one customer (RFC 6177). */
const ipv6WideNetworkBits = 48;

/** Returns the network for which limits count an address: an IPv4 address itself, or the /64 of an IPv6 address. */
export function networkOf(ip: string): string {
  // Nearly all addresses are IPv4, which has no colon and needs no normalization.
  return ip.includes(":") ? normalizeIP(ip, ipv6NetworkBits) : ip;
}

/** A network that one attacker may control as a whole. */
export interface WideNetwork {
  readonly name: string;
  readonly family: "ipv4" | "ipv6";
}

/** Returns the surrounding network: the /24 of an IPv4 address, or the /48 of an IPv6 address. */
export function wideNetworkOf(ip: string): WideNetwork {
  const network = ip.includes(":") ? normalizeIP(ip, ipv6WideNetworkBits) : ip;
  return isIPv4(network)
    ? { name: `${network.slice(0, network.lastIndexOf("."))}.0/24`, family: "ipv4" }
    : { name: `${network}/${ipv6WideNetworkBits}`, family: "ipv6" };
}
