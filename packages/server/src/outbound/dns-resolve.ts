import { lookup, Resolver } from "node:dns/promises";

/** Returns the addresses of a host; rejects if there are none. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/** Milliseconds for the first answer of a DNS server, and how often each is asked. */
const patience = { timeout: 2000, tries: 2 };

/** Resolves by the operating system, `/etc/hosts` included. */
export const systemResolve: ResolveHost = async (host) =>
  (await lookup(host, { all: true, order: "verbatim" })).map(({ address }) => address);

/**
 * Creates a resolver for hosts that anybody may have chosen. It asks the DNS servers itself, about any number of hosts at once: the
 * operating system's resolver keeps a thread busy for each host, of which a process has two, so that hosts of a DNS server that
 * is slow on purpose would make all other hosts of the process wait. It does not read `/etc/hosts`; only a host without a dot,
 * which is of the operator's network, is left to the operating system. `servers` are addresses with ports; the default is those
 * of the operating system.
 */
export function createDnsResolve(servers?: readonly string[]): ResolveHost {
  const resolver = new Resolver(patience);
  if (servers !== undefined) resolver.setServers(servers);
  return async (host) => {
    if (!host.includes(".")) return await systemResolve(host);
    const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = [ipv4, ipv6].flatMap((found) => (found.status === "fulfilled" ? found.value : []));
    if (addresses.length === 0 && ipv4.status === "rejected") throw ipv4.reason;
    return addresses;
  };
}
