import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** A range of addresses in CIDR notation, or one address. */
export type AddressRange = string;

/** What IANA has assigned of IPv6 for use across the internet; every other address is refused before it has a meaning. */
const assignedIpv6 = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Whether the address may be anybody's on the internet. Loopback, private, shared (RFC 6598), link-local, multicast, reserved
 * and unspecified addresses may not, nor those of IPv6 that contain an IPv4 address, whichever that is: mapped, NAT64, 6to4
 * and Teredo.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(assignedIpv6);
}

/** Whether one of the ranges contains the address. An IPv6 address is in no range of IPv4. */
export function isWithin(address: string, ranges: readonly AddressRange[]): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  return ranges.some((range) => {
    const [network, bits] = parseRange(range);
    if (parsed instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && parsed.match([network, bits]);
    return network instanceof ipaddr.IPv6 && parsed.match([network, bits]);
  });
}

/** Whether a setting is an address or a range of them. */
export function isAddressRange(range: AddressRange): boolean {
  try {
    const [address = ""] = range.split("/");
    return isIP(address) !== 0 && parseRange(range).length === 2;
  } catch {
    return false;
  }
}

function parseRange(range: AddressRange): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (range.includes("/")) return ipaddr.parseCIDR(range);
  const address = ipaddr.parse(range);
  return [address, address instanceof ipaddr.IPv4 ? 32 : 128];
}
