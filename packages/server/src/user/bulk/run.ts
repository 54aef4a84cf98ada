import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { AuditDeps, CallOrigin } from "../../audit/call.ts";
import type { Principal } from "../../auth/session/actor.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import type { JobAttempt } from "../../jobs/job.ts";
import { type AuthorityDeps, requireAuthorityOver, rightsOf } from "../../role/authority.ts";
import { type DeleteDeps, deleteLocked } from "../administration/delete.ts";
import { type DisableDeps, disableLocked, enableLocked } from "../administration/disable.ts";
import { toFilter } from "../administration/list.ts";
import { userFilterSchema } from "../administration/schema.ts";
import { keepLastAdmin } from "../service.ts";
import { lockUser, type UserRow } from "../store.ts";
import { findAsker, type StopReason } from "./asker.ts";
import { bulkJob } from "./job.ts";
import {
  type BulkOperationRow,
  countTarget,
  findOperation,
  finishOperation,
  insertFilteredTargets,
  lockOperation,
  startOperation,
  takeTarget,
} from "./store.ts";

/** What changing many accounts needs. */
type RunDeps = AuditDeps & AuthorityDeps & DisableDeps & DeleteDeps & { readonly db: Database };

/** Accounts that one job changes; the next job goes on, so that none runs for long. */
const usersPerJob = 200;

/**
 * The handler of {@link bulkJob}. Each account is changed and counted in one transaction, so a job that is interrupted goes on
 * where it was. Before each account it reads again who asked for it, and stops if they may not do it any more.
 */
export async function runBulk(deps: RunDeps, { id }: { readonly id: string }, { signal }: JobAttempt): Promise<void> {
  const operation = await begin(deps, id);
  if (operation === undefined) return;
  const asAsked = { ...deps, call: callSchema.parse(operation.call) };
  for (let count = 0; count < usersPerJob; count++) {
    signal.throwIfAborted();
    if (!(await changeNext(asAsked, operation))) return;
    // The embedded database works in this thread, which calls and other jobs need too.
    await setImmediate();
  }
  await inTransaction(deps.db, (trx) => deps.jobs.enqueue(trx, bulkJob, { id }));
}

/** Finds the accounts if that is still to do. Returns `undefined` for an operation that is over. */
async function begin(deps: RunDeps, publicId: string): Promise<BulkOperationRow | undefined> {
  await inTransaction(deps.db, async (trx) => {
    const operation = await lockOperation(trx, publicId);
    if (operation?.status !== "waiting") return;
    const filter = toFilter(userFilterSchema.parse(operation.filter));
    await startOperation(trx, operation.id, await insertFilteredTargets(trx, operation.id, filter));
  });
  const operation = await findOperation(deps.db, publicId);
  return operation?.status === "running" ? operation : undefined;
}

/** The call that asked for the operation. */
interface AskingCall extends CallOrigin {
  readonly actor: { readonly kind: "user"; readonly id: string };
}

const callSchema: z.ZodType<AskingCall> = z.object({
  actor: z.object({ kind: z.literal("user"), id: z.uuid() }),
  impersonatorId: z.uuid().nullable(),
  apiKeyId: z.uuid().nullable(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  requestId: z.string().nullable(),
});

/** Changes the next account and counts it, or ends the operation. Returns whether there may be more. */
async function changeNext(
  deps: RunDeps & { readonly call: AskingCall },
  operation: BulkOperationRow,
): Promise<boolean> {
  const asker = await findAsker(deps, { operation, ...deps.call, userId: deps.call.actor.id });
  if ("stopReason" in asker) return await finish(deps, operation, asker.stopReason);
  try {
    const isChanged = await keepLastAdmin(() =>
      inRetriedTransaction(deps.db, async (trx) => {
        const userId = await takeTarget(trx, operation.id);
        if (userId === undefined) return false;
        const user = await lockUser(trx, userId);
        if (user !== undefined) await changeOne(deps, trx, { actor: asker.actor, user, operation });
        await countTarget(trx, operation.id, "done");
        return true;
      }),
    );
    return isChanged || (await finish(deps, operation));
  } catch (error) {
    const isRefusal = error instanceof GatehouseError && (error.code === "FORBIDDEN" || error.code === "LAST_ADMIN");
    if (!isRefusal) throw error;
    return await skipNext(deps, operation);
  }
}

interface Change {
  readonly actor: Principal;
  readonly user: UserRow;
  readonly operation: BulkOperationRow;
}

/** An account that is as wanted stays as it is. */
async function changeOne(deps: RunDeps, trx: DatabaseTransaction, { actor, user, operation }: Change): Promise<void> {
  await requireAuthorityOver(deps, { actor, over: await rightsOf(trx, user), trx });
  switch (operation.action) {
    case "disable":
      if (user.status !== "disabled") await disableLocked(deps, trx, { user, reason: operation.reason ?? "" });
      return;
    case "enable":
      await enableLocked(deps, trx, user);
      return;
    case "delete":
      await deleteLocked(deps, trx, user);
  }
}

/** The account that was refused is the first again, as its transaction was undone. */
async function skipNext({ db }: RunDeps, { id }: BulkOperationRow): Promise<boolean> {
  return await inTransaction(db, async (trx) => {
    if ((await takeTarget(trx, id)) !== undefined) await countTarget(trx, id, "refused");
    return true;
  });
}

async function finish(deps: RunDeps, { id }: BulkOperationRow, stopReason?: StopReason): Promise<false> {
  const status = stopReason === undefined ? "done" : "stopped";
  const end = { status, stopReason: stopReason ?? null, now: deps.clock.now() } as const;
  await inTransaction(deps.db, (trx) => finishOperation(trx, id, end));
  return false;
}
