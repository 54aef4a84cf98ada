import { isIP } from "node:net";
import { type AddressRange, isPublicAddress, isWithin } from "./address.ts";

/** Where requests may go whose addresses somebody else chose. */
export interface OutboundRules {
  /** Whether http is allowed beside https. */
  readonly allowsHttp: boolean;
  readonly ports: readonly number[] | "any";
  /** Addresses inside the operator's network that may be called, although they are not public. */
  readonly inside: readonly AddressRange[];
}

/** Why a request was not sent, as a sentence that names no address inside. */
export type DestinationRefusal = string;

/** Returns why the rules forbid this URL; `undefined` if its host may be resolved. */
export function refuseUrl(rules: OutboundRules, url: URL): DestinationRefusal | undefined {
  const isHttp = url.protocol === "http:" && rules.allowsHttp;
  if (url.protocol !== "https:" && !isHttp) return "Must be an https address";
  if (url.username !== "" || url.password !== "") return "Must not contain a user or a password";
  const port = Number(url.port === "" ? { "https:": 443, "http:": 80 }[url.protocol] : url.port);
  if (rules.ports !== "any" && !rules.ports.includes(port)) return `Must have one of these ports: ${rules.ports}`;
  const host = hostOf(url);
  return isIP(host) === 0 ? undefined : refuseAddresses(rules, [host]);
}

/**
 * Returns why the rules forbid the addresses of a host. One address inside is enough: a host that has both kinds is either
 * misconfigured or meant to deceive.
 */
export function refuseAddresses(
  { inside }: Pick<OutboundRules, "inside">,
  addresses: readonly string[],
): DestinationRefusal | undefined {
  const isAllowed = (address: string) => isPublicAddress(address) || isWithin(address, inside);
  return addresses.every(isAllowed) ? undefined : "Must not be an address inside a network";
}

/** Returns the host of a URL as resolvers take it: an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
