import { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { type EndSessionDeps, endSessions } from "../../auth/session/end.ts";
import { daySeconds } from "../../clock.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import { defineJob, JobFailure } from "../../jobs/job.ts";
import type { JobQueue } from "../../jobs/queue.ts";
import type { AuthorityDeps } from "../../role/authority.ts";
import type { RightsHolder } from "../../role/permissions.ts";
import type { EventDeps } from "../../webhook/publish.ts";
import { deleteExportsOf } from "../export/store.ts";
import { keepLastAdmin, publishChange } from "../service.ts";
import { changeUser, lockUser, type UserRow } from "../store.ts";
import { type ManagedUser, toManagedUser } from "./list.ts";
import type { disableUserInput } from "./schema.ts";
import { lockTarget } from "./target.ts";

/** What disabling and enabling accounts needs. */
export interface DisableDeps extends AuditDeps, AuthorityDeps, EndSessionDeps {
  readonly db: Database;
  readonly jobs: JobQueue;
}

/** Enables an account at the time that was set when it was disabled. */
export const enableUserJob = defineJob({
  name: "enable-user",
  schema: z.strictObject({ userId: z.string(), until: z.iso.datetime() }),
});

/** How far in the future an account can be enabled by itself, in seconds. */
const maxDisabledSeconds = 10 * 365 * daySeconds;

/** Why an account is disabled, and until when. */
export type Disabling = Pick<z.output<typeof disableUserInput>, "reason" | "until">;

/**
 * Disables an account: its sessions end at once on every instance, with the trust in its devices, and nobody signs in or calls with
 * its API keys until it is enabled. Copies of its data that wait for their download are deleted. A disabled account gets the new
 * reason and time. Throws `NOT_FOUND`, `FORBIDDEN`, `LAST_ADMIN`, and `INVALID_INPUT` for a time that has passed or is more than ten
 * years ahead.
 */
export async function disableUser(
  deps: DisableDeps,
  actor: RightsHolder,
  { id, ...disabling }: z.output<typeof disableUserInput>,
): Promise<ManagedUser> {
  requireComing(deps, disabling.until);
  return await keepLastAdmin(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const user = await lockTarget(deps, trx, { actor, id });
      return toManagedUser(await disableLocked(deps, trx, { user, ...disabling }), deps.config);
    }),
  );
}

/** Throws `INVALID_INPUT` unless the account can be enabled by itself at this time. */
function requireComing({ clock }: Pick<DisableDeps, "clock">, until: Date | undefined): void {
  if (until === undefined) return;
  const secondsLeft = (until.getTime() - clock.now().getTime()) / 1000;
  if (secondsLeft > 0 && secondsLeft <= maxDisabledSeconds) return;
  const message = "Must be in the future, within ten years";
  throw new GatehouseError("INVALID_INPUT", { errors: [{ path: "until", message }] });
}

/** Disables an account that the transaction has locked. */
export async function disableLocked(
  deps: DisableDeps,
  trx: DatabaseTransaction,
  { user, reason, until }: Disabling & { readonly user: UserRow },
): Promise<UserRow> {
  const now = deps.clock.now();
  const disabled = {
    status: "disabled",
    status_reason: reason,
    disabled_until: until ?? null,
    // Once the account is enabled, a device takes the second factor again.
    device_trust_after: now,
    updated_at: now,
  } as const;
  const after = await changeUser(trx, user.id, disabled);
  if (after === undefined) throw new GatehouseError("NOT_FOUND");
  await endSessions(deps, trx, { userId: user.id, reason: "account_disabled" });
  await deleteExportsOf(trx, user.id);
  if (until !== undefined) await enableLater(deps, trx, { userId: user.id, until });
  const details = { reason, until: until?.toISOString() ?? null };
  await recordEvent(deps, trx, { action: "user.disabled", kind: "user", targetId: user.public_id, details });
  await publishChange(deps, trx, { before: user, after });
  return after;
}

/** Lets a job enable the account at that time, or at once if it has passed. */
export async function enableLater(
  { clock, jobs }: Pick<DisableDeps, "clock" | "jobs">,
  trx: DatabaseTransaction,
  { userId, until }: { readonly userId: string; readonly until: Date },
): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((until.getTime() - clock.now().getTime()) / 1000));
  await jobs.enqueue(trx, enableUserJob, { userId, until: until.toISOString() }, { delaySeconds });
}

type EnableDeps = Pick<DisableDeps, "call" | "db"> & EventDeps;

/**
 * Enables a disabled or deactivated account, so that its user can sign in. An active one stays as it is. Throws `NOT_FOUND` and
 * `FORBIDDEN`.
 */
export async function enableUser(
  deps: EnableDeps & AuthorityDeps,
  actor: RightsHolder,
  id: string,
): Promise<ManagedUser> {
  return await inTransaction(deps.db, async (trx) =>
    toManagedUser(await enableLocked(deps, trx, await lockTarget(deps, trx, { actor, id })), deps.config),
  );
}

/** Enables an account that the transaction has locked. */
export async function enableLocked(deps: EnableDeps, trx: DatabaseTransaction, user: UserRow): Promise<UserRow> {
  if (user.status === "active") return user;
  const enabled = {
    status: "active",
    status_reason: null,
    disabled_until: null,
    updated_at: deps.clock.now(),
  } as const;
  const after = await changeUser(trx, user.id, enabled);
  if (after === undefined) throw new GatehouseError("NOT_FOUND");
  await recordEvent(deps, trx, { action: "user.enabled", kind: "user", targetId: user.public_id });
  await publishChange(deps, trx, { before: user, after });
  return after;
}

/**
 * The handler of {@link enableUserJob}. It does nothing if an operator has decided otherwise since. Throws `JobFailure` where the
 * clock of this server is behind the queue's.
 */
export async function enableWhenDue(
  deps: EnableDeps,
  { userId, until }: { readonly userId: string; readonly until: string },
): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    if (user?.status !== "disabled" || user.disabled_until?.toISOString() !== until) return;
    const secondsLeft = Math.ceil((user.disabled_until.getTime() - deps.clock.now().getTime()) / 1000);
    if (secondsLeft > 0) throw new JobFailure("It is not time yet", { retryAfterSeconds: secondsLeft });
    await enableLocked(deps, trx, user);
  });
}
