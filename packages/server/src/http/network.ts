import { normalizeIP } from "@fastify/rate-limit";

/** Bits of an IPv6 address that a caller cannot choose: an access line usually gets all addresses below them. */
const ipv6NetworkBits = 64;

/** Whom a limit counts an address for: itself, or its /64 where it is IPv6. */
export function networkOf(ip: string): string {
  // Without a colon it is IPv4 already, as nearly all are.
  return ip.includes(":") ? normalizeIP(ip, ipv6NetworkBits) : ip;
}
