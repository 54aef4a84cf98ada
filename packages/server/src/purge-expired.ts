import { z } from "zod";
import { deleteEndedApiKeys } from "./auth/api-key/store.ts";
import { deleteExpiredChallenges } from "./auth/mfa/challenge-store.ts";
import { deleteUnconfirmedTotps } from "./auth/mfa/totp-store.ts";
import { deleteExpiredThrottles } from "./auth/notice/throttle-store.ts";
import { deleteExpiredTokens } from "./auth/one-time-token/store.ts";
import { deleteSpentChallenges } from "./auth/passkey/challenge-store.ts";
import { deleteExpiredRecoveries } from "./auth/password/recovery-store.ts";
import { deleteExpiredRegistrations } from "./auth/registration/store.ts";
import { deleteEndedSessions } from "./auth/session/store.ts";
import { deleteExpiredTickets } from "./auth/session-events/ticket-store.ts";
import { deleteExpiredCodes } from "./auth/sign-in-code/store.ts";
import { deleteExpiredSigningKeys } from "./auth/signing-key/service.ts";
import { addSeconds, type Clock, daySeconds } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Database } from "./database/connection.ts";
import { cleanUnusedDevices } from "./device/unused.ts";
import { defineJob, type JobAttempt } from "./jobs/job.ts";
import type { Logger } from "./logging/logger.ts";
import { deleteNotificationsBefore } from "./notification/store.ts";
import { deleteFinishedOperations } from "./user/bulk/store.ts";
import { deleteExpiredExports } from "./user/export/store.ts";
import { deleteEventsBefore } from "./webhook/event-store.ts";
import { deleteExpiredSecrets } from "./webhook/store.ts";

/** Deletes expired rows every night. A slice with rows that expire adds its own function to the list below. */
export const purgeJob = defineJob({
  name: "delete-expired-rows",
  schema: z.strictObject({}),
  cron: "17 3 * * *",
  timeoutSeconds: 600,
});

type CleaningDeps = { readonly db: Database; readonly clock: Clock; readonly log: Logger } & {
  readonly config: Pick<Config, "anonymousDeviceRetentionDays" | "notificationRetentionDays" | "webhooks">;
};

/** Ended sessions are kept this long, because a sign-in is compared with the places of earlier sessions. */
const endedSessionSeconds = 90 * daySeconds;

/** Ended API keys are kept this long, because the owner's list then shows why a machine was refused. */
const endedApiKeySeconds = 90 * daySeconds;

/** How far a finished bulk operation came is told this long. */
const finishedOperationSeconds = 90 * daySeconds;

/** The secret of an authenticator app that was not confirmed is kept this long. */
const unconfirmedAuthenticatorSeconds = daySeconds;

/** Rows of a large table that one statement deletes. A larger batch would hold its locks for too long. */
const batchSize = 1000;

/** Functions that delete one batch and return the number of deleted rows. Each is repeated until it returns 0. */
const cleanings: Readonly<Record<string, (deps: CleaningDeps) => Promise<number>>> = {
  apiKeys: ({ db, clock }) => deleteEndedApiKeys(db, addSeconds(clock.now(), -endedApiKeySeconds), batchSize),
  signInChallenges: ({ db, clock }) => deleteExpiredChallenges(db, clock.now()),
  unconfirmedAuthenticators: ({ db, clock }) =>
    deleteUnconfirmedTotps(db, addSeconds(clock.now(), -unconfirmedAuthenticatorSeconds)),
  oneTimeTokens: ({ db, clock }) => deleteExpiredTokens(db, clock.now()),
  mailPaces: ({ db, clock }) => deleteExpiredThrottles(db, clock.now()),
  signingKeys: (deps) => deleteExpiredSigningKeys(deps),
  subscriptionTickets: ({ db, clock }) => deleteExpiredTickets(db, clock.now()),
  signInCodes: ({ db, clock }) => deleteExpiredCodes(db, clock.now()),
  webhookSecrets: ({ db, clock }) => deleteExpiredSecrets(db, clock.now()),
  webhookEvents: ({ db, clock, config }) =>
    deleteEventsBefore(db, addSeconds(clock.now(), -config.webhooks.retentionDays * daySeconds), batchSize),
  notifications: ({ db, clock, config }) =>
    deleteNotificationsBefore(db, addSeconds(clock.now(), -config.notificationRetentionDays * daySeconds), batchSize),
  passkeyChallenges: ({ db, clock }) => deleteSpentChallenges(db, clock.now(), batchSize),
  dataExports: ({ db, clock }) => deleteExpiredExports(db, clock.now()),
  bulkOperations: ({ db, clock }) => deleteFinishedOperations(db, addSeconds(clock.now(), -finishedOperationSeconds)),
  recoveries: ({ db, clock }) => deleteExpiredRecoveries(db, clock.now()),
  registrations: ({ db, clock }) => deleteExpiredRegistrations(db, clock.now()),
};

/** The handler of {@link purgeJob}. */
export async function deleteExpiredRows(deps: CleaningDeps, _payload: object, { signal }: JobAttempt): Promise<void> {
  await deleteSessions(deps, signal);
  const devices = await cleanUnusedDevices(deps, signal);
  logDeleted(deps, "anonymousDevices", devices.deleted);
  if (devices.expired > 0) deps.log.info({ count: devices.expired }, "devices of expired sessions made inactive");
  for (const [rows, deleteBatch] of Object.entries(cleanings)) {
    let count = 0;
    let deleted: number;
    do {
      signal.throwIfAborted();
      deleted = await deleteBatch(deps);
      count += deleted;
    } while (deleted > 0);
    logDeleted(deps, rows, count);
  }
}

/** Deletes ended sessions. It scans the whole table, because no index finds them. */
async function deleteSessions(deps: CleaningDeps, signal: AbortSignal): Promise<void> {
  const before = addSeconds(deps.clock.now(), -endedSessionSeconds);
  let count = 0;
  let after: string | undefined = "0";
  while (after !== undefined) {
    signal.throwIfAborted();
    const { deleted, next } = await deleteEndedSessions(deps.db, { before, after, limit: batchSize });
    count += deleted;
    after = next;
  }
  logDeleted(deps, "sessions", count);
}

function logDeleted({ log }: CleaningDeps, rows: string, count: number): void {
  if (count > 0) log.info({ rows, count }, "expired rows deleted");
}
