import { deferredMailJob, mailRequestJob } from "./auth/notice/deferred-mail.ts";
import { handleMailRequest, sendDeferredMail } from "./auth/notice/deferred-mail-handlers.ts";
import { rotateSigningKeyWhenDue, signingKeyJob } from "./auth/signing-key/job.ts";
import { deliverMail, mailJob } from "./delivery/email/service.ts";
import { deliverSms, smsJob } from "./delivery/sms/service.ts";
import type { Dependencies } from "./dependencies.ts";
import { encryptedColumns } from "./encrypted-columns.ts";
import { reencryptionJob, runReencryption } from "./encryption/job.ts";
import { bindJob, type Job, type JobAttempt, type JobHandler } from "./jobs/job.ts";
import { forgetExpiredCounts, forgetExpiredCountsJob } from "./limits/forget-expired.ts";
import { deleteExpiredRows, purgeJob } from "./purge-expired.ts";
import { deleteDuePictures, pictureDeletionJob } from "./user/avatar/deletion.ts";

/** A job with its handler, in a server or a worker of Gatehouse. */
export type GatehouseJobHandler = JobHandler<Dependencies>;

/**
 * Binds a job of an app to its handler. A job runs at least once, because a process may die after the work is done and before
 * that is recorded, so the handler must be idempotent. A handler that throws is retried; with `JobFailure` it sets the
 * delay or forbids another attempt.
 */
export function handleJob<P extends object>(
  job: Job<P>,
  handle: (deps: Dependencies, payload: P, attempt: JobAttempt) => Promise<void>,
): GatehouseJobHandler {
  return bindJob(job, handle);
}

/** All jobs of Gatehouse itself, with their handlers. */
export const jobHandlers: readonly GatehouseJobHandler[] = [
  handleJob(mailRequestJob, handleMailRequest),
  handleJob(deferredMailJob, sendDeferredMail),
  handleJob(mailJob, deliverMail),
  handleJob(smsJob, deliverSms),
  handleJob(forgetExpiredCountsJob, forgetExpiredCounts),
  handleJob(purgeJob, deleteExpiredRows),
  handleJob(pictureDeletionJob, deleteDuePictures),
  handleJob(signingKeyJob, rotateSigningKeyWhenDue),
  handleJob(reencryptionJob, ({ db, keyRing, log }, { version }, { signal }) =>
    runReencryption({ db, keyRing, log, signal, places: encryptedColumns }, version),
  ),
];
