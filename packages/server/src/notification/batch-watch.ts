import { addSeconds, type Clock } from "../clock.ts";
import { type Database, inTransaction } from "../database/connection.ts";
import type { Logger } from "../logging/logger.ts";
import { startPolling } from "../polling.ts";
import { type Claim, extendLease } from "./ledger-store.ts";
import { listCanceled } from "./store.ts";

interface WatchDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A batch that is on its way. */
interface WatchedBatch {
  readonly claims: readonly Claim[];
  /** Ends the batch too. */
  readonly aborted: AbortSignal;
}

/** A look at the batch each so many milliseconds: well within the two seconds after which a canceled notification sends nothing. */
const lookMillis = 500;

/** How long claimed deliveries are kept from other workers, in seconds. After a crash they wait as long. */
export const leaseSeconds = 60;

/** How old a lease is when it is renewed, in seconds. */
const renewSeconds = 20;

/**
 * Looks after a batch until it is disposed of: aborts its signal if one of its notifications is canceled, and keeps the claims from
 * other workers while a service is slow.
 */
export function watchBatch(
  deps: WatchDeps,
  { claims, aborted }: WatchedBatch,
): AsyncDisposable & { readonly signal: AbortSignal } {
  const ids = [...new Set(claims.map((claim) => claim.notification_id))];
  const canceled = new AbortController();
  let leasedAt = deps.clock.now();
  const look = async () => {
    if ((await listCanceled(deps.db, ids)).length > 0) canceled.abort();
    const now = deps.clock.now();
    if (now < addSeconds(leasedAt, renewSeconds)) return;
    leasedAt = now;
    await inTransaction(deps.db, (trx) => extendLease(trx, claims, addSeconds(now, leaseSeconds)));
  };
  const stop = startPolling(
    () => look().catch((err: unknown) => deps.log.warn({ err }, "a batch of notifications is not looked after")),
    lookMillis,
  );
  return { signal: AbortSignal.any([aborted, canceled.signal]), [Symbol.asyncDispose]: stop };
}
