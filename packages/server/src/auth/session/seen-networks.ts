import type { Database } from "../../database/connection.ts";
import type { Limits } from "../../limits/limits.ts";
import { listSeenAddresses } from "./store.ts";

/** The addresses that are looked at, those of the newest sessions first. */
const maxAddresses = 200;

interface SeenDeps {
  readonly db: Database;
  readonly limits: Pick<Limits, "networkOf">;
}

interface SeenNetwork {
  readonly userId: string;
  readonly ip: string;
  /** Sessions that were not used since then do not count. */
  readonly since: Date;
}

/** Whether the user has a session from the network of this address, or had one lately. It proves nobody: networks are shared. */
export async function hasSignedInFrom({ db, limits }: SeenDeps, { userId, ip, since }: SeenNetwork): Promise<boolean> {
  const network = limits.networkOf(ip);
  const addresses = await listSeenAddresses(db, { userId, since, limit: maxAddresses });
  return addresses.some((address) => limits.networkOf(address) === network);
}
