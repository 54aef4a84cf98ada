import type { Database } from "../../database/connection.ts";
import type { Limits } from "../../limits/limits.ts";
import { listSeenAddresses } from "./seen-store.ts";

/** At most this many addresses are compared, those of the newest sessions first. */
const maxAddresses = 200;

interface SeenNetworkDeps {
  readonly db: Database;
  readonly limits: Pick<Limits, "networkOf">;
}

interface SeenNetwork {
  readonly userId: string;
  readonly ip: string;
  /** Sessions last used before this time do not count. */
  readonly since: Date;
}

/** Whether the user has, or lately had, a session from the network of this address. That proves no identity: networks are shared. */
export async function hasSignedInFrom(
  { db, limits }: SeenNetworkDeps,
  { userId, ip, since }: SeenNetwork,
): Promise<boolean> {
  const network = limits.networkOf(ip);
  const addresses = await listSeenAddresses(db, { userId, since, limit: maxAddresses });
  return addresses.some((address) => limits.networkOf(address) === network);
}
