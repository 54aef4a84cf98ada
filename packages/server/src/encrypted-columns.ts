import { deferredMailJob, mailRequestJob } from "./auth/notice/deferred-mail.ts";
import { sealedRegistrations } from "./auth/registration/sealed.ts";
import { sealedRefreshKeys } from "./auth/session/sealed.ts";
import { sealedSigningKeys } from "./auth/signing-key/sealed.ts";
import { mailJob } from "./delivery/email/service.ts";
import { queuedMessages } from "./delivery/queued-messages.ts";
import { smsJob } from "./delivery/sms/service.ts";
import type { SealedData } from "./encryption/sealed-data.ts";

/**
 * Everywhere in the database where the key ring's seals lie: what a start looks at, and a re-encryption seals anew. A slice
 * that seals adds its own.
 */
export const encryptedColumns: readonly SealedData[] = [
  sealedSigningKeys,
  sealedRefreshKeys,
  sealedRegistrations,
  queuedMessages({
    [mailJob.name]: "mail",
    [smsJob.name]: "sms",
    [mailRequestJob.name]: "request",
    [deferredMailJob.name]: "request",
  }),
];
