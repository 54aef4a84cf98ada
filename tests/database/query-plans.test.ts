import { globSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
import * as encryption from "../../packages/server/src/encryption/store.ts";
import * as jobs from "../../packages/server/src/jobs/store.ts";
import * as counters from "../../packages/server/src/limits/store.ts";
import * as imports from "../../packages/server/src/user/import/store.ts";
import * as users from "../../packages/server/src/user/store.ts";
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
  username_skeleton: "other",
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
  publicIdExists: (trx) => users.publicIdExists(trx, uuid),
  findUser: (trx) => users.findUser(trx, userId),
  lockActiveUser: (trx) => users.lockActiveUser(trx, userId),
  lockUser: (trx) => users.lockUser(trx, userId),
  changeUser: (trx) => users.changeUser(trx, userId, { locale: "es" }),
};

const place = { installationId: null, ip: "::1", userAgent: "agent" };

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
    await sessions.revokeSessions(trx, { userId, reason: "revoked", only: sessionId }, now);
    await sessions.revokeSessions(trx, { userId, reason: "logout_all", except: "1" }, now);
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
    const start = { values: newSession, device: undefined, passwordVersion: undefined };
    await sessionStarts.insertSession(trx, start);
    await sessionStarts.insertSession(trx, { ...start, passwordVersion: 0 });
  },
  insertSessionAlone: async (trx) => {
    const start = { values: newSession, device: signInDevice, passwordVersion: 0 };
    await sessionStarts.insertSessionAlone(trx, start);
    await sessionStarts.insertSessionAlone(trx, { ...start, device: { ...signInDevice, pushToken: "push50000" } });
  },
  // Only parts of a statement, such as this one.
  isNewDevice: (trx) =>
    sessionStarts.insertSession(trx, { values: newSession, device: signInDevice, passwordVersion: undefined }),
  writeSession: (trx) =>
    sessionStarts.insertSession(trx, { values: newSession, device: signInDevice, passwordVersion: undefined }),
};

const registerCalls: CallsOf<typeof registers> = {
  findVacancy: (trx) =>
    registers.findVacancy(trx, {
      emailCanonical: email,
      usernameCanonical: "user50000",
      usernameSkeleton: "user50000",
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
        username_skeleton: null,
        given_name: null,
        family_name: null,
        birth_date: null,
      },
      passwordHash: "hash",
      session: { values: { ...newSession, user_id: "200000" }, device: signInDevice },
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
};

const messageCalls: CallsOf<typeof messages> = {
  listQueuedVersions: (trx) => messages.listQueuedVersions(trx, ["send-mail"]),
  listQueuedMessages: (trx) =>
    messages.listQueuedMessages(trx, { jobs: ["send-mail"], version: 1, limit: 100, exceptIds: [uuid] }),
  replaceQueuedMessages: (trx) =>
    messages.replaceQueuedMessages(trx, ["send-mail"], [{ id: uuid, sealed: "a", resealed: "b" }]),
};

const jobCalls: CallsOf<typeof jobs> = { findWaitingJobs: (trx) => jobs.findWaitingJobs(trx, "send-mail") };

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

const calls: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "user/store.ts": userCalls,
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
  "jobs/store.ts": jobCalls,
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
      "select table_name from information_schema.tables where table_schema = 'public'",
    );
    const names = found.map((row) => String(row["table_name"])).filter((name) => !name.startsWith("kysely_"));
    const own = largeTables.filter((table) => !table.includes("."));
    expect(names.sort()).toEqual([...own, ...smallTables].sort());
  });
});
