import { laterMailJob, mailAnswerJob } from "./auth/mail-answer/index.ts";
import { sealedRegistrations } from "./auth/registration/index.ts";
import { sealedRefreshKeys } from "./auth/session/index.ts";
import { sealedSigningKeys } from "./auth/signing-key/index.ts";
import { mailJob } from "./delivery/email/index.ts";
import { queuedMessages } from "./delivery/queued-messages.ts";
import { smsJob } from "./delivery/sms/index.ts";
import type { SealedData } from "./encryption/index.ts";

/**
 * Everywhere in the database where the key ring's seals lie: what a start looks at, and a re-encryption seals anew. A slice
 * that seals adds its own.
 */
export const sealedPlaces: readonly SealedData[] = [
  sealedSigningKeys,
  sealedRefreshKeys,
  sealedRegistrations,
  queuedMessages({
    [mailJob.name]: "mail",
    [smsJob.name]: "sms",
    [mailAnswerJob.name]: "request",
    [laterMailJob.name]: "request",
  }),
];
