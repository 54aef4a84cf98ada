import { globSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as auditErasure from "../../packages/server/src/audit/erase-store.ts";
import * as auditEvents from "../../packages/server/src/audit/event-store.ts";
import * as apiKeys from "../../packages/server/src/auth/api-key/store.ts";
import * as throttles from "../../packages/server/src/auth/notice/throttle-store.ts";
import * as tokens from "../../packages/server/src/auth/one-time-token/store.ts";
import * as passwords from "../../packages/server/src/auth/password/store.ts";
import * as registers from "../../packages/server/src/auth/register-store.ts";
import * as registrations from "../../packages/server/src/auth/registration/store.ts";
import * as sessionLists from "../../packages/server/src/auth/session/list-store.ts";
import * as seenSessions from "../../packages/server/src/auth/session/seen-store.ts";
import * as sessionStarts from "../../packages/server/src/auth/session/start-store.ts";
import * as sessions from "../../packages/server/src/auth/session/store.ts";
import * as sessionStates from "../../packages/server/src/auth/session-events/store.ts";
import * as tickets from "../../packages/server/src/auth/session-events/ticket-store.ts";
import * as signingKeys from "../../packages/server/src/auth/signing-key/store.ts";
import type { DatabaseTransaction } from "../../packages/server/src/database/connection.ts";
import * as outbox from "../../packages/server/src/delivery/outbox/store.ts";
import * as messages from "../../packages/server/src/delivery/store.ts";
import * as devices from "../../packages/server/src/device/store.ts";
import * as doctor from "../../packages/server/src/doctor/store.ts";
import * as encryption from "../../packages/server/src/encryption/store.ts";
import * as groupMembers from "../../packages/server/src/group/member-store.ts";
import * as groups from "../../packages/server/src/group/store.ts";
import * as jobs from "../../packages/server/src/jobs/store.ts";
import * as counters from "../../packages/server/src/limits/store.ts";
import * as roles from "../../packages/server/src/role/store.ts";
import * as userLists from "../../packages/server/src/user/administration/list-store.ts";
import * as managedUsers from "../../packages/server/src/user/administration/store.ts";
import * as bulks from "../../packages/server/src/user/bulk/store.ts";
import * as deletions from "../../packages/server/src/user/deletion/store.ts";
import * as exportContents from "../../packages/server/src/user/export/content-store.ts";
import * as exports from "../../packages/server/src/user/export/store.ts";
import * as imports from "../../packages/server/src/user/import/store.ts";
import * as users from "../../packages/server/src/user/store.ts";
import * as webhookDeliveries from "../../packages/server/src/webhook/delivery-store.ts";
import * as webhookEvents from "../../packages/server/src/webhook/event-store.ts";
import * as webhooks from "../../packages/server/src/webhook/store.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { fillTables, largeTables, smallTables } from "../support/large-database.ts";
import { openExplained } from "./query-plans.ts";

type Call = (trx: DatabaseTransaction) => Promise<unknown>;

/** A call of each function that a store exports; one that is missing does not compile. */
type CallsOf<Store> = {
  readonly [Name in keyof Store as Store[Name] extends (...args: never) => unknown ? Name : never]: Call;
};

const source = join(import.meta.dirname, "../../packages/server/src");

/** Where the job queue keeps the rows of `pgboss.job`. */
const partitionOfJobs = "job_common";

const now = new Date("2030-02-01T00:00:00Z");
const userId = "50000";
const sessionId = "50000";
const deviceId = "50000";
const uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
const digest = Buffer.alloc(32, 1);
const page = { below: "60000", limit: 50 };
const email = "user50000@example.com";
const purpose = "reset_password" as const;

const newUser = {
  public_id: uuid,
  email: "other@example.com",
  email_canonical: "other@example.com",
  locale: "en",
  status: "active" as const,
  roles: ["user"],
  created_at: now,
  updated_at: now,
};
const newSession = {
  public_id: uuid,
  user_id: userId,
  refresh_key: digest,
  remembered: true,
  methods: ["pwd"],
  ip: "::1",
  user_agent: "agent",
  created_at: now,
  idle_expires_at: now,
  expires_at: now,
  impersonator_id: null,
  impersonator_session_id: null,
};
const signInDevice = {
  installationId: "installation1",
  pushToken: null,
  secretDigest: digest,
  changed: { platform: "ios" as const, updated_at: now, last_seen_at: now },
  fresh: {
    installation_id: "installation1",
    public_id: uuid,
    platform: "ios" as const,
    push_token: null,
    name: null,
    model: null,
    os_version: null,
    app_version: null,
    secret_digest: digest,
    active: true,
    created_at: now,
    updated_at: now,
    last_seen_at: now,
  },
};
const newToken = {
  user_id: userId,
  purpose,
  target: email,
  target_canonical: email,
  slot: "",
  digest,
  attempts: 0,
  created_at: now,
  expires_at: now,
};
const newMessage = {
  message_id: uuid,
  kind: "mail" as const,
  recipient: email,
  template: "welcome",
  text: "text",
  created_at: now,
};
const importedUser = {
  ...newUser,
  username: "other",
  username_canonical: "other",
  given_name: undefined,
  family_name: undefined,
  birth_date: undefined,
  phone: "+4930123456",
  email_verified_at: undefined,
  phone_verified_at: now.toISOString(),
  created_at: now.toISOString(),
  hash: "hash",
};
const sealedColumn = { table: "session", column: "refresh_key", idColumn: "public_id", idType: "uuid" } as const;
const sealed = { id: uuid, sealed: digest, resealed: digest };
const signingKey = { id: "kid", publicJwk: {}, privateKey: digest, publishedAt: now, activatesAt: now };

const userCalls: CallsOf<typeof users> = {
  insertUser: (trx) => users.insertUser(trx, newUser),
  findUserByEmail: (trx) => users.findUserByEmail(trx, email),
  findUserByUsername: (trx) => users.findUserByUsername(trx, "user50000"),
  emailExists: (trx) => users.emailExists(trx, email),
  usernameExists: (trx) => users.usernameExists(trx, "user50000"),
  findPublicId: (trx) => users.findPublicId(trx, userId),
  findUserIds: (trx) => users.findUserIds(trx, uuid),
  publicIdExists: (trx) => users.publicIdExists(trx, uuid),
  findUser: (trx) => users.findUser(trx, userId),
  lockActiveUser: (trx) => users.lockActiveUser(trx, userId),
  lockUser: (trx) => users.lockUser(trx, userId),
  changeUser: (trx) => users.changeUser(trx, userId, { locale: "es" }),
  isRoleHeld: (trx) => users.isRoleHeld(trx, "support"),
  lockUserByPublicId: (trx) => users.lockUserByPublicId(trx, uuid),
};

const managedUserCalls: CallsOf<typeof managedUsers> = {
  findAnyUser: (trx) => managedUsers.findAnyUser(trx, uuid),
  lockDeletedUser: (trx) => managedUsers.lockDeletedUser(trx, uuid),
  restoreDeletedUser: (trx) => managedUsers.restoreDeletedUser(trx, userId, now),
};

const orders = ["createdAt", "-createdAt", "email", "-email"] as const;

/** Each filter in each order, on the first page and on a later one. */
async function listInEachOrder(
  list: (filter: userLists.UserFilter, page: userLists.UserPage) => Promise<unknown>,
  filters: readonly Partial<userLists.UserFilter>[],
): Promise<void> {
  const all = { term: undefined, role: undefined, state: undefined, emailVerified: undefined };
  const always = { createdFrom: undefined, createdTo: undefined };
  for (const filter of filters) {
    for (const order of orders) {
      const value = order.endsWith("email") ? email : now.toISOString();
      for (const after of [undefined, { value, id: "50000" }])
        await list({ ...all, ...always, ...filter }, { order, after, limit: 21 });
    }
  }
}

const filtersInOrder = [
  {},
  { state: "active" },
  { state: "disabled" },
  { state: "deleted" },
  { createdFrom: now, createdTo: now },
  { emailVerified: false },
  { term: { kind: "common", pattern: "%@%" } },
] as const;

const filtersOfFew = [
  { term: { kind: "trigrams", pattern: "%user50000%" } },
  { term: { kind: "trigrams", pattern: "% us%" } },
  { term: { kind: "trigrams", pattern: "%user50000%" }, state: "disabled" },
  { term: { kind: "symbols", pattern: "%#%" } },
  { term: { kind: "id", id: uuid } },
  { role: "support" },
  { role: "support", term: { kind: "trigrams", pattern: "%user50000%" } },
] as const;

const userListCalls: CallsOf<typeof userLists> = {
  listUsersInOrder: (trx) =>
    listInEachOrder((filter, part) => userLists.listUsersInOrder(trx, filter, part), filtersInOrder),
  listUsersInWindow: (trx) =>
    listInEachOrder((filter, part) => userLists.listUsersInWindow(trx, filter, part), filtersOfFew),
  listMatchingUsers: (trx) =>
    listInEachOrder((filter, part) => userLists.listMatchingUsers(trx, filter, part), filtersOfFew),
  // Only a part of a statement.
  userConditions: async () => undefined,
  findLastSignIn: (trx) => userLists.findLastSignIn(trx, userId),
};

const bulkCalls: CallsOf<typeof bulks> = {
  insertOperation: (trx) =>
    bulks.insertOperation(trx, {
      public_id: uuid,
      action: "disable",
      call: "{}",
      status: "waiting",
      total: 0,
      created_at: now,
    }),
  insertNamedTargets: (trx) => bulks.insertNamedTargets(trx, "2", [uuid]),
  insertFilteredTargets: (trx) =>
    bulks.insertFilteredTargets(trx, "2", {
      term: { kind: "trigrams", pattern: "%user50000%" },
      role: undefined,
      state: undefined,
      createdFrom: undefined,
      createdTo: undefined,
      emailVerified: undefined,
    }),
  findOperation: (trx) => bulks.findOperation(trx, uuid),
  lockOperation: (trx) => bulks.lockOperation(trx, uuid),
  startOperation: (trx) => bulks.startOperation(trx, "1", 1),
  takeTarget: (trx) => bulks.takeTarget(trx, "1"),
  countTarget: (trx) => bulks.countTarget(trx, "1", "done"),
  deleteFinishedOperations: (trx) => bulks.deleteFinishedOperations(trx, new Date(0)),
  finishOperation: (trx) => bulks.finishOperation(trx, "500", { status: "done", now }),
};

const place = { installationId: null, ip: "::1", userAgent: "agent" };

const newEvent = {
  at: now,
  action: "user.updated",
  actor_kind: "user" as const,
  actor_id: uuid,
  impersonator_id: null,
  api_key_id: null,
  account_id: null,
  target_kind: "user",
  request_id: null,
  personal: "{}",
};

const ending = { now, event: newEvent };

const signInEvents = { started: newEvent, linked: newEvent };

const passwordCalls: CallsOf<typeof passwords> = {
  insertPassword: (trx) => passwords.insertPassword(trx, { userId, hash: "hash" }, now),
  findUserWithPassword: async (trx) => {
    await passwords.findUserWithPassword(trx, { ...place, identifier: email, installationId: "installation1" });
    await passwords.findUserWithPassword(trx, { ...place, identifier: "user50000" });
  },
  findPassword: (trx) => passwords.findPassword(trx, userId),
  isPasswordVersion: (trx) => passwords.isPasswordVersion(trx, { userId, version: 0 }),
  replacePassword: (trx) => passwords.replacePassword(trx, { userId, hash: "hash", version: 0 }, now),
  setPassword: (trx) => passwords.setPassword(trx, { userId, hash: "hash" }, now),
  deletePassword: (trx) => passwords.deletePassword(trx, userId),
  rehashPassword: (trx) => passwords.rehashPassword(trx, { userId, hash: "hash", oldHash: "old" }),
};

const sessionCalls: CallsOf<typeof sessions> = {
  findLiveSession: (trx) => sessions.findLiveSession(trx, uuid, now),
  rotateSession: (trx) =>
    sessions.rotateSession(trx, {
      publicId: uuid,
      counter: 3,
      attemptDigest: digest,
      now,
      idleEnd: { remembered: now, short: now },
    }),
  updateLastSeen: (trx) => sessions.updateLastSeen(trx, sessionId, now),
  recordStepUp: (trx) => sessions.recordStepUp(trx, { sessionId, now }),
  listChangedSessions: (trx) => sessions.listChangedSessions(trx, 30),
  revokeSessions: async (trx) => {
    await sessions.revokeSessions(trx, { userId, reason: "revoked", only: sessionId }, ending);
    await sessions.revokeSessions(trx, { userId, reason: "logout_all", except: "1" }, ending);
  },
  isSignedInOn: (trx) => sessions.isSignedInOn(trx, { id: deviceId, userId }, now),
  lockSession: (trx) => sessions.lockSession(trx, sessionId),
  lockSessionsOf: (trx) => sessions.lockSessionsOf(trx, userId),
  attachDevice: (trx) => sessions.attachDevice(trx, sessionId, deviceId),
  deleteEndedSessions: (trx) => sessions.deleteEndedSessions(trx, { before: now, after: "50000", limit: 1000 }),
};

const sessionListCalls: CallsOf<typeof sessionLists> = {
  listLiveSessions: (trx) => sessionLists.listLiveSessions(trx, { userId, now }, page),
  findSessionId: (trx) => sessionLists.findSessionId(trx, { publicId: uuid, userId }),
};

const sessionStartCalls: CallsOf<typeof sessionStarts> = {
  insertSession: async (trx) => {
    const start = { values: newSession, device: undefined, passwordVersion: undefined, events: signInEvents };
    await sessionStarts.insertSession(trx, start);
    await sessionStarts.insertSession(trx, { ...start, passwordVersion: 0 });
  },
  insertSessionAlone: async (trx) => {
    const start = { values: newSession, device: signInDevice, passwordVersion: 0, events: signInEvents };
    await sessionStarts.insertSessionAlone(trx, start);
    await sessionStarts.insertSessionAlone(trx, { ...start, device: { ...signInDevice, pushToken: "push50000" } });
  },
  // Only parts of a statement, such as this one.
  isNewDevice: (trx) =>
    sessionStarts.insertSession(trx, {
      values: newSession,
      device: signInDevice,
      passwordVersion: undefined,
      events: signInEvents,
    }),
  writeSession: (trx) =>
    sessionStarts.insertSession(trx, {
      values: newSession,
      device: signInDevice,
      passwordVersion: undefined,
      events: signInEvents,
    }),
};

const registerCalls: CallsOf<typeof registers> = {
  findVacancy: (trx) =>
    registers.findVacancy(trx, {
      emailCanonical: email,
      usernameCanonical: "user50000",
      throttleKeys: ["pace1", "pace2"],
      now,
    }),
  insertAccount: (trx) =>
    registers.insertAccount(trx, {
      id: "200000",
      user: {
        ...newUser,
        email_verified_at: null,
        unvouched: false,
        registered_ip: "::1",
        registered_user_agent: "agent",
        username: null,
        username_canonical: null,
        given_name: null,
        family_name: null,
        birth_date: null,
      },
      passwordHash: "hash",
      session: { values: { ...newSession, user_id: "200000" }, device: signInDevice, events: signInEvents },
      event: newEvent,
      link: { ...newToken, user_id: "200000", digest: Buffer.alloc(32, 2) },
      turn: [{ key: "pace1", before: undefined, after: { sent: 1, nextAt: now, expiresAt: now } }],
    }),
};

const seenSessionCalls: CallsOf<typeof seenSessions> = {
  listSeenAddresses: (trx) => seenSessions.listSeenAddresses(trx, { userId, since: now, limit: 200 }),
};

const sessionStateCalls: CallsOf<typeof sessionStates> = {
  readSessionStates: (trx) => sessionStates.readSessionStates(trx, [uuid]),
};

const ticketCalls: CallsOf<typeof tickets> = {
  insertTicket: (trx) => tickets.insertTicket(trx, { digest, session_id: sessionId, expires_at: now }),
  redeemTicket: (trx) => tickets.redeemTicket(trx, digest, now),
  deleteExpiredTickets: (trx) => tickets.deleteExpiredTickets(trx, new Date(0)),
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
  updateLastUsed: (trx) => apiKeys.updateLastUsed(trx, { id: "1", now, unlessAfter: now }),
  listApiKeysOf: (trx) => apiKeys.listApiKeysOf(trx, userId, page),
  revokeApiKeyOf: (trx) => apiKeys.revokeApiKeyOf(trx, { publicId: uuid, userId }, now),
  hasApiKey: (trx) => apiKeys.hasApiKey(trx, { publicId: uuid, userId }),
  revokeApiKeysOf: (trx) => apiKeys.revokeApiKeysOf(trx, userId, now),
  deleteEndedApiKeys: (trx) => apiKeys.deleteEndedApiKeys(trx, new Date(0), 1000),
};

const tokenCalls: CallsOf<typeof tokens> = {
  putToken: (trx) => tokens.putToken(trx, newToken),
  putTokenUnlessHeld: async (trx) => {
    await tokens.putTokenUnlessHeld(trx, { ...newToken, nonce: digest }, now);
    await tokens.putTokenUnlessHeld(trx, { ...newToken, nonce: digest }, new Date(0));
  },
  setRequester: (trx) => tokens.setRequester(trx, "1", { asked_ip: "::1", asked_user_agent: "a", asked_at: now }),
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
  findRegistration: (trx) => registrations.findRegistration(trx, digest, now),
  deleteRegistration: (trx) => registrations.deleteRegistration(trx, "1"),
  deleteRegistrations: (trx) => registrations.deleteRegistrations(trx, email),
  deleteExpiredRegistrations: (trx) => registrations.deleteExpiredRegistrations(trx, new Date(0)),
};

const deviceCalls: CallsOf<typeof devices> = {
  lockPushToken: (trx) => devices.lockPushToken(trx, "token1"),
  lockDevices: (trx) => devices.lockDevices(trx, { installationId: "installation1", pushToken: "token2", userId }),
  insertDevice: (trx) =>
    devices.insertDevice(trx, {
      public_id: uuid,
      installation_id: "other",
      platform: "ios",
      active: true,
      created_at: now,
      updated_at: now,
      last_seen_at: now,
    }),
  lockDevice: (trx) => devices.lockDevice(trx, "installation1"),
  changeDevice: (trx) => devices.changeDevice(trx, deviceId, { active: false }),
  listDevicesOf: (trx) => devices.listDevicesOf(trx, userId, page),
  findDevice: (trx) => devices.findDevice(trx, deviceId),
  findDeviceIdsOf: (trx) => devices.findDeviceIdsOf(trx, userId),
  lockDeviceOf: (trx) => devices.lockDeviceOf(trx, { id: deviceId, userId }),
  deleteAnonymousDevices: (trx) => devices.deleteAnonymousDevices(trx, new Date(0), 1000),
};

const signingKeyCalls: CallsOf<typeof signingKeys> = {
  listSigningKeys: (trx) => signingKeys.listSigningKeys(trx),
  lockSigningKeys: (trx) => signingKeys.lockSigningKeys(trx),
  insertSigningKey: (trx) => signingKeys.insertSigningKey(trx, signingKey),
  deleteAllSigningKeys: (trx) => signingKeys.deleteAllSigningKeys(trx),
  deleteKeysRetiredBefore: (trx) => signingKeys.deleteKeysRetiredBefore(trx, new Date(0)),
};

const outboxCalls: CallsOf<typeof outbox> = {
  insertOutboxMessage: (trx) => outbox.insertOutboxMessage(trx, newMessage),
  deleteAllButNewest: (trx) => outbox.deleteAllButNewest(trx, 100_000),
  listOutboxMessages: (trx) => outbox.listOutboxMessages(trx, 100),
  findOutboxMessage: (trx) => outbox.findOutboxMessage(trx, uuid),
  deleteMessagesTo: (trx) => outbox.deleteMessagesTo(trx, [email]),
};

const messageCalls: CallsOf<typeof messages> = {
  listQueuedVersions: (trx) => messages.listQueuedVersions(trx, ["send-mail"]),
  listQueuedMessages: (trx) =>
    messages.listQueuedMessages(trx, { jobs: ["send-mail"], version: 1, limit: 100, exceptIds: [uuid] }),
  replaceQueuedMessages: (trx) =>
    messages.replaceQueuedMessages(trx, ["send-mail"], [{ id: uuid, sealed: "a", resealed: "b" }]),
};

const newWebhook = {
  public_id: uuid,
  url: "https://example.com",
  events: ["user.created"],
  status: "active" as const,
  created_at: now,
  updated_at: now,
};

const webhookCalls: CallsOf<typeof webhooks> = {
  lockWebhookCount: (trx) => webhooks.lockWebhookCount(trx),
  insertWebhook: (trx) => webhooks.insertWebhook(trx, newWebhook),
  listWebhookRows: (trx) => webhooks.listWebhookRows(trx, page),
  findWebhook: (trx) => webhooks.findWebhook(trx, uuid),
  lockWebhook: (trx) => webhooks.lockWebhook(trx, uuid),
  changeWebhook: async (trx) => {
    await webhooks.insertWebhook(trx, newWebhook);
    await webhooks.changeWebhook(trx, uuid, { status: "disabled" });
  },
  deleteWebhookRow: (trx) => webhooks.deleteWebhookRow(trx, uuid),
  insertSecret: async (trx) => {
    const { id } = await webhooks.insertWebhook(trx, newWebhook);
    await webhooks.insertSecret(trx, { public_id: uuid, webhook_id: id, secret: digest, created_at: now });
  },
  retireSecret: (trx) => webhooks.retireSecret(trx, "1", now),
  listSigningSecrets: (trx) => webhooks.listSigningSecrets(trx, "1", now),
  deleteExpiredSecrets: (trx) => webhooks.deleteExpiredSecrets(trx, now),
};

const webhookEventCalls: CallsOf<typeof webhookEvents> = {
  listListenedEvents: (trx) => webhookEvents.listListenedEvents(trx),
  lockListeningWebhooks: (trx) => webhookEvents.lockListeningWebhooks(trx, "user.created"),
  insertEvent: (trx) =>
    webhookEvents.insertEvent(trx, {
      event: { public_id: uuid, type: "user.created", payload: digest, created_at: now },
      deliveries: [],
    }),
  deleteEventsBefore: (trx) => webhookEvents.deleteEventsBefore(trx, new Date(0), 1000),
};

const pendingDelivery = { id: "50000", round: 0 };

const webhookDeliveryCalls: CallsOf<typeof webhookDeliveries> = {
  listDeliveryRows: async (trx) => {
    await webhookDeliveries.listDeliveryRows(trx, { webhookId: "1" }, page);
    await webhookDeliveries.listDeliveryRows(trx, { webhookId: "1", status: "failed" }, page);
  },
  findDueDelivery: (trx) => webhookDeliveries.findDueDelivery(trx, { publicId: uuid, round: 0 }),
  storeAttempt: (trx) => webhookDeliveries.storeAttempt(trx, pendingDelivery, { status: "delivered" }),
  cancelDelivery: (trx) => webhookDeliveries.cancelDelivery(trx, pendingDelivery),
  beginRound: (trx) => webhookDeliveries.beginRound(trx, { webhookId: "1", publicId: uuid }),
  storeSuccess: (trx) => webhookDeliveries.storeSuccess(trx, "1"),
  storeFailure: (trx) => webhookDeliveries.storeFailure(trx, "1", now),
  stopWebhook: (trx) =>
    webhookDeliveries.stopWebhook(trx, { webhookId: "1", status: "paused", failingSince: now, now }),
};

const jobCalls: CallsOf<typeof jobs> = {
  findWaitingJobs: (trx) => jobs.findWaitingJobs(trx, "send-mail"),
  findJobBacklog: (trx) => jobs.findJobBacklog(trx),
};

const doctorCalls: CallsOf<typeof doctor> = {
  findDatabaseFacts: (trx) => doctor.findDatabaseFacts(trx),
  findDatabaseTime: (trx) => doctor.findDatabaseTime(trx),
};

const counterCalls: CallsOf<typeof counters> = {
  openPostgresCounters: async (trx) => {
    const store = counters.openPostgresCounters(trx);
    await store.take([{ key: "counter1", rule: { max: 5, windowSeconds: 60 } }], now);
    await store.settle({ reset: ["counter1"], giveBack: ["counter2"] });
    await store.forgetExpired(new Date(0));
  },
};

const encryptionCalls: CallsOf<typeof encryption> = {
  listColumnVersions: (trx) => encryption.listColumnVersions(trx, sealedColumn),
  listSealedColumn: (trx) =>
    encryption.listSealedColumn(trx, sealedColumn, { version: 2, limit: 100, exceptIds: [uuid] }),
  replaceInColumn: (trx) => encryption.replaceInColumn(trx, sealedColumn, [sealed]),
};

const importCalls: CallsOf<typeof imports> = {
  addUsers: (trx) => imports.addUsers(trx, [importedUser], now),
  removeUsers: (trx) => imports.removeUsers(trx, [uuid]),
  createTrial: (trx) => imports.createTrial(trx),
  tryUsers: async (trx) => {
    await imports.createTrial(trx);
    await imports.tryUsers(trx, [importedUser], now);
  },
  removeTrialUsers: async (trx) => {
    await imports.createTrial(trx);
    await imports.removeTrialUsers(trx, [uuid]);
  },
  findClashes: (trx) => imports.findClashes(trx, [importedUser]),
  findTrialClashes: async (trx) => {
    await imports.createTrial(trx);
    await imports.findTrialClashes(trx, [importedUser]);
  },
  openImportState: (trx) => imports.openImportState(trx, digest, now),
  forgetImportState: (trx) => imports.forgetImportState(trx, digest),
  holdImportState: (trx) => imports.holdImportState(trx, digest, imports.importStart),
  waitForOtherBatches: (trx) => imports.waitForOtherBatches(trx),
  moveImportState: (trx) => imports.moveImportState(trx, digest, { ...imports.importStart, updatedAt: now }),
};

const newRole = { name: "clerk", description: "", permissions: [], created_at: now, updated_at: now };

const roleCalls: CallsOf<typeof roles> = {
  listRolePermissions: (trx) => roles.listRolePermissions(trx),
  listRolePage: (trx) => roles.listRolePage(trx, page),
  insertRole: (trx) => roles.insertRole(trx, newRole),
  lockRole: (trx) => roles.lockRole(trx, "support"),
  lockRoleNames: (trx) => roles.lockRoleNames(trx, ["support"]),
  changeRole: (trx) => roles.changeRole(trx, "2", { permissions: [] }),
  deleteRole: (trx) => roles.deleteRole(trx, "2"),
};

const auditEventCalls: CallsOf<typeof auditEvents> = {
  insertEvents: (trx) => auditEvents.insertEvents(trx, newEvent, [uuid]),
  // It only makes a part of other stores' statements.
  writeEvents: async () => undefined,
};

const auditErasureCalls: CallsOf<typeof auditErasure> = {
  clearPersonal: async (trx) => {
    for (const column of ["actor_id", "impersonator_id", "account_id"] as const) {
      await auditErasure.clearPersonal(trx, column, uuid);
    }
  },
};

const groupCalls: CallsOf<typeof groups> = {
  listGroupPage: (trx) => groups.listGroupPage(trx, page),
  findGroup: (trx) => groups.findGroup(trx, uuid),
  listGroupRoles: (trx) => groups.listGroupRoles(trx, ["1", "2"]),
  isRoleCarried: (trx) => groups.isRoleCarried(trx, "support"),
  insertGroup: (trx) =>
    groups.insertGroup(trx, {
      public_id: uuid,
      name: "clerks",
      description: "",
      roles: [],
      created_at: now,
      updated_at: now,
    }),
  lockGroup: async (trx) => {
    await groups.lockGroup(trx, uuid, "for share");
    await groups.lockGroup(trx, uuid, "for update");
  },
  changeGroup: (trx) => groups.changeGroup(trx, "1", { description: "other" }),
  deleteGroup: (trx) => groups.deleteGroup(trx, "1"),
};

const groupMemberCalls: CallsOf<typeof groupMembers> = {
  // Only a part of a statement, such as this one.
  listGroupIdsOfUser: (trx) => sessions.findLiveSession(trx, uuid, now),
  listGroupIds: (trx) => groupMembers.listGroupIds(trx, userId),
  listMemberPage: (trx) => groupMembers.listMemberPage(trx, "1", page),
  insertMembers: (trx) => groupMembers.insertMembers(trx, { groupId: "2", userIds: [uuid], now }),
  deleteMember: (trx) => groupMembers.deleteMember(trx, { groupId: "1", userId: uuid }),
};

const deletionCalls: CallsOf<typeof deletions> = {
  putDeletion: (trx) => deletions.putDeletion(trx, { user_id: userId, deleted_at: now, digest }),
  undoDeletion: (trx) => deletions.undoDeletion(trx, { digest, after: new Date(0), now }),
  deleteDeletion: (trx) => deletions.deleteDeletion(trx, userId),
  listDeletedUsers: async (trx) => {
    await deletions.listDeletedUsers(trx, { before: now, limit: 100 });
    const after = { id: "5", deleted_at: now.toISOString() };
    await deletions.listDeletedUsers(trx, { before: now, after, limit: 100 });
  },
  lockDeletedUser: (trx) => deletions.lockDeletedUser(trx, userId, now),
  deleteUser: (trx) => deletions.deleteUser(trx, userId),
};

const exportCalls: CallsOf<typeof exports> = {
  insertExport: (trx) =>
    exports.insertExport(trx, { public_id: uuid, user_id: userId, requested_at: now, expires_at: now }),
  findOpenExport: (trx) => exports.findOpenExport(trx, uuid),
  deleteParts: (trx) => exports.deleteParts(trx, "5"),
  insertPart: (trx) => exports.insertPart(trx, { id: "part", export_id: "5", position: 1, sealed: digest }),
  findPart: (trx) => exports.findPart(trx, "5", 0),
  completeExport: (trx) => exports.completeExport(trx, { id: "5", digest, completed_at: now, expires_at: now }),
  takeExport: (trx) => exports.takeExport(trx, digest, now),
  deleteExport: (trx) => exports.deleteExport(trx, "5"),
  deleteExportsOf: (trx) => exports.deleteExportsOf(trx, userId),
  deleteExpiredExports: (trx) => exports.deleteExpiredExports(trx, new Date(0)),
};

const content = { userId, userPublicId: uuid, after: "0", limit: 500 };

const exportContentCalls: CallsOf<typeof exportContents> = {
  findAccount: (trx) => exportContents.findAccount(trx, userId),
  findPasswordTimes: (trx) => exportContents.findPasswordTimes(trx, userId),
  listSessionContent: (trx) => exportContents.listSessionContent(trx, content),
  listDeviceContent: (trx) => exportContents.listDeviceContent(trx, content),
  listApiKeyContent: (trx) => exportContents.listApiKeyContent(trx, content),
  listLinkContent: (trx) => exportContents.listLinkContent(trx, content),
  listGroupContent: (trx) => exportContents.listGroupContent(trx, content),
  listExportContent: (trx) => exportContents.listExportContent(trx, content),
  listEventsBy: (trx) => exportContents.listEventsBy(trx, content),
  listEventsAbout: (trx) => exportContents.listEventsAbout(trx, content),
};

const calls: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "audit/erase-store.ts": auditErasureCalls,
  "group/store.ts": groupCalls,
  "group/member-store.ts": groupMemberCalls,
  "user/deletion/store.ts": deletionCalls,
  "user/export/store.ts": exportCalls,
  "user/export/content-store.ts": exportContentCalls,
  "user/store.ts": userCalls,
  "role/store.ts": roleCalls,
  "audit/event-store.ts": auditEventCalls,
  "user/administration/store.ts": managedUserCalls,
  "user/administration/list-store.ts": userListCalls,
  "user/bulk/store.ts": bulkCalls,
  "user/import/store.ts": importCalls,
  "auth/register-store.ts": registerCalls,
  "auth/password/store.ts": passwordCalls,
  "auth/session/store.ts": sessionCalls,
  "auth/session/list-store.ts": sessionListCalls,
  "auth/session/seen-store.ts": seenSessionCalls,
  "auth/session/start-store.ts": sessionStartCalls,
  "auth/session-events/store.ts": sessionStateCalls,
  "auth/session-events/ticket-store.ts": ticketCalls,
  "auth/api-key/store.ts": apiKeyCalls,
  "auth/one-time-token/store.ts": tokenCalls,
  "auth/notice/throttle-store.ts": throttleCalls,
  "auth/registration/store.ts": registrationCalls,
  "auth/signing-key/store.ts": signingKeyCalls,
  "device/store.ts": deviceCalls,
  "delivery/store.ts": messageCalls,
  "delivery/outbox/store.ts": outboxCalls,
  "webhook/store.ts": webhookCalls,
  "webhook/event-store.ts": webhookEventCalls,
  "webhook/delivery-store.ts": webhookDeliveryCalls,
  "jobs/store.ts": jobCalls,
  "doctor/store.ts": doctorCalls,
  "limits/store.ts": counterCalls,
  "encryption/store.ts": encryptionCalls,
};

describe.skipIf(postgresUnreachable)("no statement reads a table whole that has 100,000 rows", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await fillTables(database);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test.for(
    Object.entries(calls).flatMap(([file, ofFile]) =>
      Object.entries(ofFile).map(([name, call]) => ({ file, name, call })),
    ),
  )("$file: $name", async ({ call }) => {
    await using opened = await openExplained(database.url);
    const trx = await opened.db.startTransaction().execute();
    await call(trx);
    const reads = opened
      .takeWholeReads()
      .filter(({ table }) => largeTables.includes(table) || table === partitionOfJobs);
    await trx.rollback().execute();
    expect(reads).toEqual([]);
  });

  test("every store of the server is among them", () => {
    const files = globSync("**/{store,*-store}.ts", { cwd: source }).sort();
    expect(Object.keys(calls).sort()).toEqual(files);
  });

  test("every table is filled, or named as one that stays small", async () => {
    const found = await database.query(
      `select relname as table_name from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    const names = found.map((row) => String(row["table_name"])).filter((name) => !name.startsWith("kysely_"));
    const own = largeTables.filter((table) => !table.includes("."));
    expect(names.sort()).toEqual([...own, ...smallTables].sort());
  });
});
