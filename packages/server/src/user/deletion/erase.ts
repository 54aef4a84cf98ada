import { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { eraseEvents } from "../../audit/erase.ts";
import { recordEvent } from "../../audit/record.ts";
import { deleteRegistrations } from "../../auth/registration/store.ts";
import { addSeconds, daySeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Database } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { deleteMessagesTo } from "../../delivery/outbox/store.ts";
import { defineJob, type JobAttempt } from "../../jobs/job.ts";
import type { JobQueue } from "../../jobs/queue.ts";
import type { Logger } from "../../logging/logger.ts";
import { pictureDeletionJob } from "../avatar/deletion.ts";
import { type DeletedUser, deleteUser, listDeletedUsers, lockDeletedUser } from "./store.ts";

/** Erases the accounts whose retention is over, every night. */
export const erasureJob = defineJob({
  name: "erase-deleted-accounts",
  schema: z.strictObject({}),
  cron: "41 3 * * *",
  timeoutSeconds: 3600,
  isSingle: true,
});

/** What erasing an account needs. */
export interface EraseDeps extends AuditDeps {
  readonly db: Database;
  readonly jobs: JobQueue;
}

/**
 * Erases everything that is held about a user who was deleted before the given moment, in one transaction: the rows that belong to
 * them, their messages and registrations, and the personal part of the events that they caused or that are about them. A job
 * deletes their pictures at once. What stays are events without the personal part, under the user's public id. Returns `false`,
 * and erases nothing, if the user was restored.
 */
export async function eraseUser(deps: EraseDeps, id: string, deletedBefore: Date): Promise<boolean> {
  return await inRetriedTransaction(deps.db, async (trx) => {
    const user = await lockDeletedUser(trx, id, deletedBefore);
    if (user === undefined) return false;
    await eraseEvents(trx, user.public_id);
    if (user.email_canonical !== null) await deleteRegistrations(trx, user.email_canonical);
    await deleteMessagesTo(
      trx,
      [user.email, user.phone].filter((to) => to !== null),
    );
    await deleteUser(trx, id);
    await deps.jobs.enqueue(trx, pictureDeletionJob, {});
    await recordEvent(deps, trx, { action: "user.erased", kind: "user", targetId: user.public_id });
    return true;
  });
}

interface ErasureDeps extends EraseDeps {
  readonly log: Logger;
  readonly config: Pick<Config, "accountRetentionDays">;
}

/** Accounts that one statement lists. */
const pageSize = 100;

/**
 * The handler of {@link erasureJob}. Each account is erased or left alone, so a run that ends early goes on in the next one. One
 * that fails does not keep the others; then the job fails, and is tried again.
 */
export async function eraseDeletedAccounts(deps: ErasureDeps, _payload: object, { signal }: JobAttempt): Promise<void> {
  const before = addSeconds(deps.clock.now(), -deps.config.accountRetentionDays * daySeconds);
  const counts = { erased: 0, failed: 0 };
  let after: DeletedUser | undefined;
  do {
    const page = await listDeletedUsers(deps.db, { before, after, limit: pageSize });
    for (const { id } of page) {
      signal.throwIfAborted();
      await eraseOne(deps, { id, before, counts });
    }
    after = page.at(-1);
  } while (after !== undefined);
  if (counts.erased > 0) deps.log.info({ accounts: counts.erased }, "deleted accounts erased");
  if (counts.failed > 0) throw new Error(`${counts.failed} deleted accounts could not be erased`);
}

interface Erasure {
  readonly id: string;
  readonly before: Date;
  readonly counts: { erased: number; failed: number };
}

async function eraseOne(deps: ErasureDeps, { id, before, counts }: Erasure): Promise<void> {
  try {
    if (await eraseUser(deps, id, before)) counts.erased += 1;
  } catch (err) {
    deps.log.error({ err, userId: id }, "a deleted account could not be erased");
    counts.failed += 1;
  }
}
