import { checkpointJob, linkEventsJob, linkNewEvents, partitionsJob, signCheckpoint } from "./audit/chain/jobs.ts";
import { keepPartitions } from "./audit/chain/partitions.ts";
import { deferredMailJob, mailRequestJob } from "./auth/notice/deferred-mail.ts";
import { handleMailRequest, sendDeferredMail } from "./auth/notice/deferred-mail-handlers.ts";
import { recoveryJob, sendRecoveryCode } from "./auth/password/recovery-job.ts";
import { rotateSigningKeyWhenDue, signingKeyJob } from "./auth/signing-key/job.ts";
import { deliverMail, mailJob } from "./delivery/email/service.ts";
import { deliverSms, smsJob } from "./delivery/sms/service.ts";
import type { CallDependencies } from "./dependencies.ts";
import { encryptedColumns } from "./encrypted-columns.ts";
import { reencryptionJob, runReencryption } from "./encryption/job.ts";
import { bindJob, type Job, type JobAttempt, type JobHandler } from "./jobs/job.ts";
import { forgetExpiredCounts, forgetExpiredCountsJob } from "./limits/forget-expired.ts";
import { countAccountDays, countDaysJob } from "./metrics/count-days.ts";
import { keepLedgerPartitions, ledgerPartitionsJob } from "./notification/partitions.ts";
import { deleteExpiredRows, purgeJob } from "./purge-expired.ts";
import { enableUserJob, enableWhenDue } from "./user/administration/disable.ts";
import { factorResetJob, resetWhenDue } from "./user/administration/second-factors.ts";
import { deleteDuePictures, pictureDeletionJob } from "./user/avatar/deletion.ts";
import { bulkJob } from "./user/bulk/job.ts";
import { runBulk } from "./user/bulk/run.ts";
import { eraseDeletedAccounts, erasureJob } from "./user/deletion/erase.ts";
import { eraseUnusedAnonymous, unusedAnonymousJob } from "./user/deletion/unused-anonymous.ts";
import { collectExport, exportJob } from "./user/export/collect.ts";
import { deliverWebhook } from "./webhook/deliver.ts";
import { webhookDeliveryJob } from "./webhook/delivery-job.ts";

/** A job with its handler, in a server or a worker of Gatehouse. */
export type GatehouseJobHandler = JobHandler<CallDependencies>;

/**
 * Binds a job of an app to its handler. A job runs at least once, because a process may die after the work is done and before
 * that is recorded, so the handler must be idempotent. A handler that throws is retried; with `JobFailure` it sets the
 * delay or forbids another attempt.
 */
export function handleJob<P extends object>(
  job: Job<P>,
  handle: (deps: CallDependencies, payload: P, attempt: JobAttempt) => Promise<void>,
): GatehouseJobHandler {
  return bindJob(job, handle);
}

/** All jobs of Gatehouse itself, with their handlers. */
export const jobHandlers: readonly GatehouseJobHandler[] = [
  handleJob(mailRequestJob, handleMailRequest),
  handleJob(deferredMailJob, sendDeferredMail),
  handleJob(recoveryJob, sendRecoveryCode),
  handleJob(mailJob, deliverMail),
  handleJob(smsJob, deliverSms),
  handleJob(webhookDeliveryJob, deliverWebhook),
  handleJob(enableUserJob, enableWhenDue),
  handleJob(factorResetJob, resetWhenDue),
  handleJob(bulkJob, runBulk),
  handleJob(forgetExpiredCountsJob, forgetExpiredCounts),
  handleJob(purgeJob, deleteExpiredRows),
  handleJob(pictureDeletionJob, deleteDuePictures),
  handleJob(erasureJob, eraseDeletedAccounts),
  handleJob(unusedAnonymousJob, eraseUnusedAnonymous),
  handleJob(exportJob, collectExport),
  handleJob(signingKeyJob, rotateSigningKeyWhenDue),
  handleJob(linkEventsJob, linkNewEvents),
  handleJob(checkpointJob, signCheckpoint),
  handleJob(partitionsJob, (deps) => keepPartitions(deps)),
  handleJob(ledgerPartitionsJob, (deps) => keepLedgerPartitions(deps)),
  handleJob(countDaysJob, countAccountDays),
  handleJob(reencryptionJob, ({ db, keyRing, log }, { version }, { signal }) =>
    runReencryption({ db, keyRing, log, signal, places: encryptedColumns }, version),
  ),
];
