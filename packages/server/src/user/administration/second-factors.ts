import { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { endSetUp } from "../../auth/email/set-up.ts";
import { type NoticeDeps, sendSecurityNotice } from "../../auth/notice/service.ts";
import type { EndSessionDeps } from "../../auth/session/end.ts";
import { addSeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import { defineJob, JobFailure } from "../../jobs/job.ts";
import type { JobQueue } from "../../jobs/queue.ts";
import type { AuthorityDeps } from "../../role/authority.ts";
import type { RightsHolder } from "../../role/permissions.ts";
import { stopFactorReset, storeFactorReset } from "../second-factors.ts";
import { lockUser, type UserRow } from "../store.ts";
import type { secondFactorResetOutput } from "./schema.ts";
import { lockTarget } from "./target.ts";

/** Removes a user's second factors at the time that a reset set. */
export const factorResetJob = defineJob({
  name: "reset-second-factors",
  schema: z.strictObject({ userId: z.string(), dueAt: z.iso.datetime() }),
});

interface ResetDeps extends AuditDeps, AuthorityDeps {
  readonly db: Database;
}

type RequestDeps = ResetDeps & NoticeDeps & { readonly jobs: JobQueue; readonly config: Pick<Config, "mfa"> };

/**
 * Lets the second factors of a user end after `MFA_RESET_DELAY_HOURS`, for one who has lost them, and tells the owner at once. A proof
 * of a second factor stops it, and so does {@link cancelFactorReset}. A reset that is pending keeps its time. Throws `NOT_FOUND`,
 * `FORBIDDEN`, and `SECOND_FACTOR_MISSING` for an account that has none.
 */
export async function resetSecondFactors(
  deps: RequestDeps,
  actor: RightsHolder,
  id: string,
): Promise<z.output<typeof secondFactorResetOutput>> {
  return await inTransaction(deps.db, async (trx) => {
    const user = await lockTarget(deps, trx, { actor, id });
    if (user.second_factors.length === 0) throw new GatehouseError("SECOND_FACTOR_MISSING");
    const pending = user.second_factor_reset_at;
    // One whose time has passed was not carried out, as for an account that was deleted then.
    const isComing = pending !== null && pending > deps.clock.now();
    return { resetAt: isComing ? pending : await requestReset(deps, trx, user) };
  });
}

async function requestReset(deps: RequestDeps, trx: DatabaseTransaction, user: UserRow): Promise<Date> {
  const delaySeconds = deps.config.mfa.resetDelaySeconds;
  const dueAt = addSeconds(deps.clock.now(), delaySeconds);
  await storeFactorReset(trx, { userId: user.id, at: dueAt });
  const payload = { userId: user.id, dueAt: dueAt.toISOString() };
  await deps.jobs.enqueue(trx, factorResetJob, payload, { delaySeconds });
  const requested = { action: "user.second_factor_reset_requested", kind: "user", targetId: user.public_id } as const;
  await recordEvent(deps, trx, { ...requested, details: { dueAt: payload.dueAt } });
  await sendSecurityNotice(deps, trx, { user, notice: { template: "second-factor-reset-requested", at: dueAt } });
  return dueAt;
}

/** Stops a pending reset. Throws `NOT_FOUND`, also if none is pending, and `FORBIDDEN`. */
export async function cancelFactorReset(deps: ResetDeps, actor: RightsHolder, id: string): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const user = await lockTarget(deps, trx, { actor, id });
    if (!(await stopFactorReset(deps, trx, { user, reason: "operator" }))) throw new GatehouseError("NOT_FOUND");
  });
}

type DueDeps = EndSessionDeps & NoticeDeps & { readonly db: Database };

/**
 * The handler of {@link factorResetJob}. It does nothing if the reset was stopped, or another one was requested since. Otherwise the
 * user's second factors end, with recovery codes, waiting sign-ins, trusted devices and sessions, and the owner is told. Throws
 * `JobFailure` where the clock of this server is behind the queue's.
 */
export async function resetWhenDue(
  deps: DueDeps,
  { userId, dueAt }: { readonly userId: string; readonly dueAt: string },
): Promise<void> {
  await inRetriedTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    const pending = user?.second_factor_reset_at;
    if (user === undefined || !pending || pending.toISOString() !== dueAt) return;
    const now = deps.clock.now();
    const secondsLeft = Math.ceil((pending.getTime() - now.getTime()) / 1000);
    if (secondsLeft > 0) throw new JobFailure("It is not time yet", { retryAfterSeconds: secondsLeft });
    await endSetUp(deps, trx, { user, reason: "ended_by_operator", kinds: ["secondFactors", "sessions"] });
    await recordEvent(deps, trx, { action: "user.second_factors_reset", kind: "user", targetId: user.public_id });
    await sendSecurityNotice(deps, trx, { user, notice: { template: "second-factors-reset", at: now } });
  });
}
