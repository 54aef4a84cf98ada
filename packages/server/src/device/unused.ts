import { addSeconds, type Clock, daySeconds } from "../clock.ts";
import type { Config } from "../config.ts";
import { type Database, inTransaction } from "../database/connection.ts";
import { deactivateExpired, deleteAnonymousDevices, findUnusedDevices, lockActiveDevices } from "./unused-store.ts";

interface UnusedDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: Pick<Config, "anonymousDeviceRetentionDays">;
}

interface Cleaned {
  readonly deleted: number;
  /** Devices that were made inactive. */
  readonly expired: number;
}

/** Rows of a part. A larger part would hold its locks for too long. */
const partSize = 1000;

/**
 * Deletes devices that have been without a user for long, and makes those inactive on which the last session of their user has
 * expired, as its end would have done. It walks the whole table in parts, and rejects if the signal is aborted.
 */
export async function cleanUnusedDevices(deps: UnusedDeps, signal: AbortSignal): Promise<Cleaned> {
  const now = deps.clock.now();
  const before = addSeconds(now, -deps.config.anonymousDeviceRetentionDays * daySeconds);
  const cleaned = { deleted: 0, expired: 0 };
  let after: string | null = "0";
  while (after !== null) {
    signal.throwIfAborted();
    const found = await findUnusedDevices(deps.db, { after, limit: partSize, before, now });
    if (found.anonymous.length > 0) cleaned.deleted += await deleteAnonymousDevices(deps.db, found.anonymous, before);
    if (found.expired.length > 0) cleaned.expired += await releaseExpired(deps, found.expired);
    after = found.last;
  }
  return cleaned;
}

/** The lock comes first: a sign-in on a device that was faster is seen, and one that waits makes the device active again. */
async function releaseExpired({ db, clock }: UnusedDeps, ids: readonly string[]): Promise<number> {
  return await inTransaction(db, async (trx) => deactivateExpired(trx, await lockActiveDevices(trx, ids), clock.now()));
}
