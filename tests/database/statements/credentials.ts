import * as apiKeys from "../../../packages/server/src/auth/api-key/store.ts";
import * as identities from "../../../packages/server/src/auth/identity/store.ts";
import * as throttles from "../../../packages/server/src/auth/notice/throttle-store.ts";
import * as tokens from "../../../packages/server/src/auth/one-time-token/store.ts";
import * as challenges from "../../../packages/server/src/auth/passkey/challenge-store.ts";
import * as passkeys from "../../../packages/server/src/auth/passkey/store.ts";
import * as recoveries from "../../../packages/server/src/auth/password/recovery-store.ts";
import * as passwords from "../../../packages/server/src/auth/password/store.ts";
import * as registrations from "../../../packages/server/src/auth/registration/store.ts";
import * as signingKeys from "../../../packages/server/src/auth/signing-key/store.ts";
import * as waysIn from "../../../packages/server/src/auth/way-in/store.ts";
import type { Call, CallsOf } from "./call.ts";
import { digest, email, newToken, now, page, purpose, userId, uuid } from "./samples.ts";

const signingKey = { id: "kid", publicJwk: {}, privateKey: digest, publishedAt: now, activatesAt: now };

const place = { installationId: null, ip: "::1", userAgent: "agent" };

const passwordCalls: CallsOf<typeof passwords> = {
  insertPassword: (trx) => passwords.insertPassword(trx, { userId, hash: "hash" }, now),
  findUserWithPassword: async (trx) => {
    await passwords.findUserWithPassword(trx, { ...place, identifier: email, installationId: "installation1" });
    await passwords.findUserWithPassword(trx, { ...place, identifier: "user50000" });
    await passwords.findUserWithPassword(trx, { ...place, identifier: "+49100050000" });
  },
  findPassword: (trx) => passwords.findPassword(trx, userId),
  isPasswordVersion: (trx) => passwords.isPasswordVersion(trx, { userId, version: 0 }),
  replacePassword: (trx) => passwords.replacePassword(trx, { userId, hash: "hash", version: 0 }, now),
  setPassword: (trx) => passwords.setPassword(trx, { userId, hash: "hash" }, now),
  deletePassword: (trx) => passwords.deletePassword(trx, userId),
  rehashPassword: (trx) => passwords.rehashPassword(trx, { userId, hash: "hash", oldHash: "old" }),
};

const recoveryCalls: CallsOf<typeof recoveries> = {
  insertRecovery: (trx) =>
    recoveries.insertRecovery(trx, { public_id: uuid, digest, created_at: now, expires_at: now }),
  setRecoveryCode: (trx) =>
    recoveries.setRecoveryCode(trx, uuid, { userId, phone: "+34600000000", codeDigest: digest, now }),
  countRecoveryAttempt: (trx) => recoveries.countRecoveryAttempt(trx, { digest, maxAttempts: 5, now }),
  uncountRecoveryAttempt: (trx) => recoveries.uncountRecoveryAttempt(trx, "1"),
  takeRecovery: (trx) => recoveries.takeRecovery(trx, "1", now),
  dropRecoveries: (trx) => recoveries.dropRecoveries(trx, userId),
  deleteExpiredRecoveries: (trx) => recoveries.deleteExpiredRecoveries(trx, new Date(0)),
};

const apiKeyCalls: CallsOf<typeof apiKeys> = {
  insertApiKey: (trx) =>
    apiKeys.insertApiKey(trx, {
      public_id: uuid,
      user_id: userId,
      name: "key",
      prefix: "gh_",
      digest,
      scopes: [],
      created_at: now,
      expires_at: now,
    }),
  countLiveApiKeys: (trx) => apiKeys.countLiveApiKeys(trx, userId, now),
  findLiveApiKey: (trx) => apiKeys.findLiveApiKey(trx, digest, now),
  isApiKeyKept: (trx) => apiKeys.isApiKeyKept(trx, uuid),
  updateLastUsed: (trx) => apiKeys.updateLastUsed(trx, { id: "1", now, unlessAfter: now }),
  listApiKeysOf: (trx) => apiKeys.listApiKeysOf(trx, userId, page),
  revokeApiKeyOf: (trx) => apiKeys.revokeApiKeyOf(trx, { publicId: uuid, userId }, now),
  hasApiKey: (trx) => apiKeys.hasApiKey(trx, { publicId: uuid, userId }),
  revokeApiKeysOf: (trx) => apiKeys.revokeApiKeysOf(trx, userId, now),
  deleteEndedApiKeys: (trx) => apiKeys.deleteEndedApiKeys(trx, new Date(0), 1000),
};

const challenge = { digest, expiresAt: now };

const challengeCalls: CallsOf<typeof challenges> = {
  spendChallenge: (trx) => challenges.spendChallenge(trx, challenge),
  deleteSpentChallenges: (trx) => challenges.deleteSpentChallenges(trx, new Date(0), 1000),
};

const passkeyCalls: CallsOf<typeof passkeys> = {
  insertPasskey: (trx) =>
    passkeys.insertPasskey(trx, {
      public_id: uuid,
      user_id: userId,
      credential_id: digest,
      public_key: digest,
      counter: "0",
      transports: [],
      aaguid: uuid,
      name: "passkey",
      backup_eligible: false,
      backed_up: false,
      created_at: now,
    }),
  putHandle: (trx) => passkeys.putHandle(trx, userId, digest),
  countPasskeys: (trx) => passkeys.countPasskeys(trx, userId),
  hasPasskey: (trx) => passkeys.hasPasskey(trx, userId),
  listCredentials: (trx) => passkeys.listCredentials(trx, userId),
  listPasskeysOf: (trx) => passkeys.listPasskeysOf(trx, userId, page),
  findPasskey: (trx) => passkeys.findPasskey(trx, digest),
  isPasskeyKept: (trx) => passkeys.isPasskeyKept(trx, "1"),
  renamePasskeyOf: (trx) => passkeys.renamePasskeyOf(trx, { publicId: uuid, userId }, "name"),
  deletePasskeyOf: (trx) => passkeys.deletePasskeyOf(trx, { publicId: uuid, userId }),
  deletePasskeysOf: (trx) => passkeys.deletePasskeysOf(trx, userId),
  recordPasskeyUse: (trx) =>
    passkeys.recordPasskeyUse(trx, {
      passkey: { id: "1", user_id: userId },
      challenge,
      counter: 1,
      isBackedUp: false,
      now,
    }),
};

const tokenCalls: CallsOf<typeof tokens> = {
  putToken: (trx) => tokens.putToken(trx, newToken),
  putTokenUnlessHeld: async (trx) => {
    await tokens.putTokenUnlessHeld(trx, { ...newToken, nonce: digest }, now);
    await tokens.putTokenUnlessHeld(trx, { ...newToken, nonce: digest }, new Date(0));
  },
  setRequest: (trx) =>
    tokens.setRequest(trx, "1", { asked_ip: "::1", asked_user_agent: "a", asked_at: now, redirect_to: null }),
  isHeld: (trx) => tokens.isHeld(trx, { userId, purpose, target: email }),
  findToken: (trx) => tokens.findToken(trx, { purposes: [purpose], digest, now }),
  takeToken: (trx) => tokens.takeToken(trx, { id: "1", digest }, now),
  countAttempt: (trx) => tokens.countAttempt(trx, { userId, purpose, maxAttempts: 5, now }),
  dropTokens: async (trx) => {
    await tokens.dropTokens(trx, userId);
    await tokens.dropTokens(trx, userId, [purpose]);
  },
  dropTokensAfterUndo: (trx) => tokens.dropTokensAfterUndo(trx, { user_id: userId, created_at: now }),
  isReservedForUndo: (trx) => tokens.isReservedForUndo(trx, { userId, emailCanonical: email, now }),
  findReservedForUndo: (trx) => tokens.findReservedForUndo(trx, [email, "other@example.com"], now),
  deleteExpiredTokens: (trx) => tokens.deleteExpiredTokens(trx, new Date(0)),
};

const throttleCalls: CallsOf<typeof throttles> = {
  lockThrottles: (trx) => throttles.lockThrottles(trx, ["pace1", "pace2"], now),
  findDueTimes: (trx) => throttles.findDueTimes(trx, ["pace1", "pace2", "pace3"]),
  isForSeveral: (trx) => throttles.isForSeveral(trx, "pace1"),
  putDueAt: (trx) => throttles.putDueAt(trx, { key: "pace1", dueAt: now }),
  recordRequester: (trx) => throttles.recordRequester(trx, { key: "pace1", askedFrom: "place" }),
  putThrottles: (trx) => throttles.putThrottles(trx, new Map([["pace1", { sent: 1, nextAt: now, expiresAt: now }]])),
  deleteThrottle: (trx) => throttles.deleteThrottle(trx, "pace1"),
  deleteExpiredThrottles: (trx) => throttles.deleteExpiredThrottles(trx, new Date(0)),
};

const registrationCalls: CallsOf<typeof registrations> = {
  insertRegistration: (trx) =>
    registrations.insertRegistration(trx, {
      public_id: uuid,
      email_canonical: email,
      digest,
      sealed: digest,
      created_at: now,
      expires_at: now,
    }),
  lockRegistrations: (trx) => registrations.lockRegistrations(trx, digest),
  findRegistration: async (trx) => {
    await registrations.findRegistration(trx, { digest, by: "link", now });
    await registrations.findRegistration(trx, { digest, by: "code", now });
  },
  countCodeAttempt: (trx) => registrations.countCodeAttempt(trx, { digest, maxAttempts: 5, now }),
  replaceCode: (trx) => registrations.replaceCode(trx, "1", { digest, createdAt: now, expiresAt: now }),
  takeRegistration: (trx) => registrations.takeRegistration(trx, { id: "1", code_digest: digest }),
  deleteRegistration: (trx) => registrations.deleteRegistration(trx, "1"),
  deleteRegistrations: (trx) => registrations.deleteRegistrations(trx, email),
  deleteExpiredRegistrations: (trx) => registrations.deleteExpiredRegistrations(trx, new Date(0)),
};

const identity = { issuer: "https://issuer.example", subject: "50000" };

const identityCalls: CallsOf<typeof identities> = {
  findIdentity: (trx) => identities.findIdentity(trx, identity),
  findUserByIdentity: (trx) =>
    identities.findUserByIdentity(trx, { ...identity, installationId: null, ip: "192.0.2.1", userAgent: null }),
  insertIdentity: (trx) =>
    identities.insertIdentity(trx, {
      ...identity,
      public_id: uuid,
      user_id: userId,
      provider: "google",
      created_at: now,
      last_used_at: now,
    }),
  recordUse: (trx) => identities.recordUse(trx, "50000", { provider: "google", email, last_used_at: now }),
  listIdentitiesOf: (trx) => identities.listIdentitiesOf(trx, userId),
  deleteIdentities: async (trx) => {
    await identities.deleteIdentities(trx, { userId, provider: "google" });
    await identities.deleteIdentities(trx, { userId, provider: "google", publicId: uuid });
  },
  deleteIdentitiesOf: (trx) => identities.deleteIdentitiesOf(trx, userId),
};

const wayInCalls: CallsOf<typeof waysIn> = {
  hasWayIn: (trx) => waysIn.hasWayIn(trx, { userId, canMail: true, providers: ["google"] }),
};

const signingKeyCalls: CallsOf<typeof signingKeys> = {
  listSigningKeys: (trx) => signingKeys.listSigningKeys(trx),
  lockSigningKeys: (trx) => signingKeys.lockSigningKeys(trx),
  insertSigningKey: (trx) => signingKeys.insertSigningKey(trx, signingKey),
  deleteAllSigningKeys: (trx) => signingKeys.deleteAllSigningKeys(trx),
  deleteKeysRetiredBefore: (trx) => signingKeys.deleteKeysRetiredBefore(trx, new Date(0)),
};

/** The calls of each function of these stores, by the file. */
export const credentialsStatements: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "auth/password/store.ts": passwordCalls,
  "auth/password/recovery-store.ts": recoveryCalls,
  "auth/api-key/store.ts": apiKeyCalls,
  "auth/passkey/store.ts": passkeyCalls,
  "auth/passkey/challenge-store.ts": challengeCalls,
  "auth/one-time-token/store.ts": tokenCalls,
  "auth/notice/throttle-store.ts": throttleCalls,
  "auth/registration/store.ts": registrationCalls,
  "auth/signing-key/store.ts": signingKeyCalls,
  "auth/identity/store.ts": identityCalls,
  "auth/way-in/store.ts": wayInCalls,
};
