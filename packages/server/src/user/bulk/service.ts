import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { ScopedActor } from "../../auth/api-key/actor.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { type Database, inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { JobQueue } from "../../jobs/queue.ts";
import { type AuthorityDeps, requireFurther } from "../../role/authority.ts";
import { permissionFor } from "./asker.ts";
import { bulkJob } from "./job.ts";

import type { bulkInput, bulkOutput, jobSchema } from "./schema.ts";
import { findOperation, insertNamedTargets, insertOperation, startOperation } from "./store.ts";

/** What enqueuing a bulk operation needs. */
interface BulkDeps extends AuditDeps, AuthorityDeps {
  readonly db: Database;
  readonly jobs: JobQueue;
  readonly random: RandomSource;
}

/**
 * Enqueues a change of many accounts. Named accounts are fixed now, filtered ones when the job begins. Throws `FORBIDDEN` and
 * `INSUFFICIENT_SCOPE` unless the caller may do that with one account.
 */
export async function enqueueBulk(
  deps: BulkDeps,
  actor: ScopedActor,
  { action, ids, filter, reason }: z.output<typeof bulkInput>,
): Promise<z.output<typeof bulkOutput>> {
  await requireFurther(deps, { actor, permissions: [permissionFor[action]] });
  const jobId = deps.random.uuid();
  await inTransaction(deps.db, async (trx) => {
    const values = {
      action,
      reason: reason ?? null,
      ...(filter === undefined ? {} : { filter: JSON.stringify(filter) }),
    };
    const session_id = "session" in actor ? actor.session.public_id : null;
    const started = {
      public_id: jobId,
      session_id,
      call: JSON.stringify(deps.call),
      status: "waiting",
      total: 0,
    } as const;
    const operationId = await insertOperation(trx, { ...values, ...started, created_at: deps.clock.now() });
    if (ids !== undefined) await startOperation(trx, operationId, await insertNamedTargets(trx, operationId, ids));
    // Which accounts a filter meant is in the operation; what it searched for may be somebody's name.
    const details = { action, reason: reason ?? null, named: ids?.length ?? null };
    await recordEvent(deps, trx, { action: "user.bulk_requested", kind: "job", targetId: jobId, details });
    await deps.jobs.enqueue(trx, bulkJob, { id: jobId });
  });
  return { jobId };
}

/** Tells how far a job is. Throws `NOT_FOUND`. */
export async function getJob({ db }: Pick<BulkDeps, "db">, publicId: string): Promise<z.output<typeof jobSchema>> {
  const row = await findOperation(db, publicId);
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  const { public_id: id, stop_reason: stopReason, created_at: createdAt, finished_at: finishedAt } = row;
  const { action, status, total, done, refused } = row;
  return { id, action, status, stopReason, total, done, refused, createdAt, finishedAt };
}
