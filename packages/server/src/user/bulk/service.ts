import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import type { ScopedActor } from "../../auth/api-key/actor.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { type Database, inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { JobQueue } from "../../jobs/queue.ts";
import { type AuthorityDeps, requirePermission } from "../../role/authority.ts";
import { bulkJob } from "./job.ts";
import { permissionFor } from "./run.ts";
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
  await requireAction(deps, actor, permissionFor[action]);
  const jobId = deps.random.uuid();
  await inTransaction(deps.db, async (trx) => {
    const values = {
      action,
      reason: reason ?? null,
      ...(filter === undefined ? {} : { filter: JSON.stringify(filter) }),
    };
    const started = { public_id: jobId, call: JSON.stringify(deps.call), status: "waiting", total: 0 } as const;
    const operationId = await insertOperation(trx, { ...values, ...started, created_at: deps.clock.now() });
    if (ids !== undefined) await startOperation(trx, operationId, await insertNamedTargets(trx, operationId, ids));
    await deps.jobs.enqueue(trx, bulkJob, { id: jobId });
  });
  return { jobId };
}

async function requireAction(deps: AuthorityDeps, actor: ScopedActor, permission: string): Promise<void> {
  await requirePermission(deps, actor, permission);
  if ("session" in actor || actor.apiKey.scopes.includes(permission)) return;
  throw new GatehouseError("INSUFFICIENT_SCOPE", {
    detail: `The API key does not have the scope "${permission}".`,
    requiredScope: permission,
  });
}

/** Tells how far a job is. Throws `NOT_FOUND`. */
export async function getJob({ db }: Pick<BulkDeps, "db">, publicId: string): Promise<z.output<typeof jobSchema>> {
  const row = await findOperation(db, publicId);
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  const { public_id: id, action, status, total, done, refused, created_at: createdAt, finished_at: finishedAt } = row;
  return { id, action, status, total, done, refused, createdAt, finishedAt };
}
