import { z } from "zod";
import type { EndSessionDeps } from "../../auth/session/end.ts";
import { lockSessionsOf } from "../../auth/session/store.ts";
import { addSeconds, daySeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { defineJob, type JobAttempt } from "../../jobs/job.ts";
import type { Logger } from "../../logging/logger.ts";
import { deleteLocked } from "../administration/delete.ts";
import { type EraseDeps, eraseUser } from "./erase.ts";
import { listUnusedAnonymous, lockUnusedAnonymous, type UnusedUser } from "./store.ts";

/** Erases the anonymous accounts that nobody uses, every night. */
export const unusedAnonymousJob = defineJob({
  name: "erase-unused-anonymous-accounts",
  schema: z.strictObject({}),
  cron: "29 3 * * *",
  timeoutSeconds: 3600,
  isSingle: true,
});

type UnusedDeps = EraseDeps &
  EndSessionDeps & { readonly log: Logger; readonly config: Pick<Config, "anonymousUsers"> };

/** Accounts that one statement lists. */
const pageSize = 100;

/**
 * The handler of {@link unusedAnonymousJob}: erases anonymous accounts that no session was seen of for
 * `ANONYMOUS_USER_RETENTION_DAYS`. Each is deleted first, which webhooks are told, and erased at once, as nobody could restore it. A run
 * that ends in between leaves deleted accounts to the erasure of those.
 */
export async function eraseUnusedAnonymous(deps: UnusedDeps, _payload: object, { signal }: JobAttempt): Promise<void> {
  const before = addSeconds(deps.clock.now(), -deps.config.anonymousUsers.retentionDays * daySeconds);
  let after: UnusedUser | undefined;
  let count = 0;
  do {
    const page = await listUnusedAnonymous(deps.db, { before, after, limit: pageSize });
    for (const { id } of page) {
      signal.throwIfAborted();
      if (await eraseUnused(deps, id, before)) count += 1;
    }
    after = page.at(-1);
  } while (after !== undefined);
  if (count > 0) deps.log.info({ accounts: count }, "unused anonymous accounts erased");
}

/** Returns `false`, and changes nothing, if the account was used or became a full one meanwhile. */
async function eraseUnused(deps: UnusedDeps, id: string, before: Date): Promise<boolean> {
  const isDeleted = await inRetriedTransaction(deps.db, async (trx) => {
    if ((await lockUnusedAnonymous(trx, id, before)) === undefined) return false;
    // A refresh locks its session and not the user, so one that ran until now is seen by the second look only.
    await lockSessionsOf(trx, id);
    const user = await lockUnusedAnonymous(trx, id, before);
    if (user !== undefined) await deleteLocked(deps, trx, user);
    return user !== undefined;
  });
  return isDeleted && (await eraseUser(deps, id, addSeconds(deps.clock.now(), 1)));
}
