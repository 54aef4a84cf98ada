import { laterMailJob, mailAnswerJob } from "./auth/mail-answer/index.ts";
import { sendLaterMail, sendMailAnswer } from "./auth/mail-answers.ts";
import { rotateSigningKeyWhenDue, signingKeyJob } from "./auth/signing-key/index.ts";
import { cleaningJob, deleteExpiredRows } from "./cleaning.ts";
import { deliverMail, mailJob } from "./delivery/email/index.ts";
import { deliverSms, smsJob } from "./delivery/sms/index.ts";
import { reencryptionJob, runReencryption } from "./encryption/index.ts";
import { handleJob, type JobHandler } from "./jobs/index.ts";
import { forgetExpiredCounts, forgetExpiredCountsJob } from "./limits/index.ts";
import { sealedPlaces } from "./sealed-places.ts";

/** Every job of Gatehouse itself, with what does it. */
export const jobHandlers: readonly JobHandler[] = [
  handleJob(mailAnswerJob, sendMailAnswer),
  handleJob(laterMailJob, sendLaterMail),
  handleJob(mailJob, deliverMail),
  handleJob(smsJob, deliverSms),
  handleJob(forgetExpiredCountsJob, forgetExpiredCounts),
  handleJob(cleaningJob, deleteExpiredRows),
  handleJob(signingKeyJob, rotateSigningKeyWhenDue),
  handleJob(reencryptionJob, ({ db, keyRing, log }, { version }, { signal }) =>
    runReencryption({ db, keyRing, log, signal, places: sealedPlaces }, version),
  ),
];
