import * as challenges from "../../../packages/server/src/auth/mfa/challenge-store.ts";
import * as recoveryCodes from "../../../packages/server/src/auth/mfa/recovery-code-store.ts";
import * as totps from "../../../packages/server/src/auth/mfa/totp-store.ts";
import type { Call, CallsOf } from "./call.ts";
import { digest, now, userId, uuid } from "./samples.ts";

const challengeCalls: CallsOf<typeof challenges> = {
  insertChallenge: (trx) =>
    challenges.insertChallenge(trx, {
      public_id: uuid,
      user_id: userId,
      digest,
      methods: ["pwd"],
      password_version: 0,
      sealed: digest,
      created_at: now,
      expires_at: now,
    }),
  countGuess: (trx) => challenges.countGuess(trx, { digest, maxAttempts: 5, now }),
  findChallenge: (trx) => challenges.findChallenge(trx, { digest, now }),
  storeMailedCode: (trx) => challenges.storeMailedCode(trx, { id: "1", digest, maxMails: 3, now }),
  takeChallenge: (trx) => challenges.takeChallenge(trx, "1", now),
  deleteChallenges: (trx) => challenges.deleteChallenges(trx, userId),
  deleteExpiredChallenges: (trx) => challenges.deleteExpiredChallenges(trx, new Date(0)),
};

const recoveryCodeCalls: CallsOf<typeof recoveryCodes> = {
  countRecoveryCodes: (trx) => recoveryCodes.countRecoveryCodes(trx, userId),
  replaceRecoveryCodes: (trx) => recoveryCodes.replaceRecoveryCodes(trx, { userId, digests: [digest], now }),
  takeRecoveryCode: (trx) => recoveryCodes.takeRecoveryCode(trx, { userId, digest }),
  deleteRecoveryCodes: (trx) => recoveryCodes.deleteRecoveryCodes(trx, userId),
};

const totpCalls: CallsOf<typeof totps> = {
  putUnconfirmedTotp: (trx) =>
    totps.putUnconfirmedTotp(trx, { user_id: userId, public_id: uuid, secret: digest, created_at: now }),
  findTotp: (trx) => totps.findTotp(trx, userId),
  useTotpStep: (trx) => totps.useTotpStep(trx, { userId, step: 1 }),
  confirmStoredTotp: (trx) => totps.confirmStoredTotp(trx, userId, now),
  deleteTotp: (trx) => totps.deleteTotp(trx, userId),
  deleteUnconfirmedTotps: (trx) => totps.deleteUnconfirmedTotps(trx, new Date(0)),
};

/** The calls of each function of these stores, by the file. */
export const secondFactorStatements: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "auth/mfa/challenge-store.ts": challengeCalls,
  "auth/mfa/recovery-code-store.ts": recoveryCodeCalls,
  "auth/mfa/totp-store.ts": totpCalls,
};
