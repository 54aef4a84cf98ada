import { sealedAuditKeys } from "./audit/chain/checkpoint-key.ts";
import { sealedIdentityTokens } from "./auth/identity/sealed.ts";
import { sealedChallenges, sealedTotpSecrets } from "./auth/mfa/sealed.ts";
import { deferredMailJob, mailRequestJob } from "./auth/notice/deferred-mail.ts";
import { sealedRegistrations } from "./auth/registration/sealed.ts";
import { sealedRefreshKeys } from "./auth/session/sealed.ts";
import { sealedSigningKeys } from "./auth/signing-key/sealed.ts";
import { mailJob } from "./delivery/email/service.ts";
import { queuedMessages } from "./delivery/queued-messages.ts";
import { smsJob } from "./delivery/sms/service.ts";
import type { SealedData } from "./encryption/sealed-data.ts";
import { sealedNotifications } from "./notification/sealed.ts";
import { sealedExports } from "./user/export/sealed.ts";
import { sealedEventPayloads, sealedWebhookSecrets } from "./webhook/sealed.ts";

/**
 * All places in the database with values that the key ring sealed. A start checks that their keys are present, and a
 * re-encryption reseals them. A slice that seals values adds its own place.
 */
export const encryptedColumns: readonly SealedData[] = [
  sealedSigningKeys,
  sealedAuditKeys,
  sealedRefreshKeys,
  sealedRegistrations,
  sealedTotpSecrets,
  sealedChallenges,
  sealedIdentityTokens,
  sealedWebhookSecrets,
  sealedEventPayloads,
  sealedNotifications,
  sealedExports,
  queuedMessages({
    [mailJob.name]: "mail",
    [smsJob.name]: "sms",
    [mailRequestJob.name]: "request",
    [deferredMailJob.name]: "request",
  }),
];
