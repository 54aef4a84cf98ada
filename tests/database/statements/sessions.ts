import * as registers from "../../../packages/server/src/auth/register-store.ts";
import * as sessionEnds from "../../../packages/server/src/auth/session/end-store.ts";
import * as sessionLists from "../../../packages/server/src/auth/session/list-store.ts";
import * as seenSessions from "../../../packages/server/src/auth/session/seen-store.ts";
import * as sessionStarts from "../../../packages/server/src/auth/session/start-store.ts";
import * as sessions from "../../../packages/server/src/auth/session/store.ts";
import * as sessionStates from "../../../packages/server/src/auth/session-events/store.ts";
import * as tickets from "../../../packages/server/src/auth/session-events/ticket-store.ts";
import * as signInCodes from "../../../packages/server/src/auth/sign-in-code/store.ts";
import type { Call, CallsOf } from "./call.ts";
import { deviceId, digest, email, newEvent, newToken, newUser, now, page, userId, uuid } from "./samples.ts";

const sessionId = "50000";

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
    push_service: null,
    push_token_set_at: null,
    locale: null,
    time_zone: null,
    muted: false,
    name: null,
    model: null,
    os_version: null,
    app_version: null,
    secret_digest: digest,
    trusted_at: null,
    active: true,
    created_at: now,
    updated_at: now,
    last_seen_at: now,
  },
};

const ending = { now, event: newEvent };

const signInEvents = { started: newEvent, linked: newEvent };

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
  recordStepUp: (trx) => sessions.recordStepUp(trx, { sessionId, now, method: "pwd" }),
  addSessionMethods: (trx) => sessions.addSessionMethods(trx, { sessionId, now, methods: ["otp"] }),
  setAuthenticatedAt: (trx) => sessions.setAuthenticatedAt(trx, { publicId: uuid, at: now }),
  listChangedSessions: (trx) => sessions.listChangedSessions(trx, 30),
  isSignedInOn: (trx) => sessions.isSignedInOn(trx, { id: deviceId, userId }, now),
  lockSession: (trx) => sessions.lockSession(trx, sessionId),
  lockSessionsOf: (trx) => sessions.lockSessionsOf(trx, userId),
  attachDevice: (trx) => sessions.attachDevice(trx, sessionId, deviceId),
  deleteEndedSessions: (trx) => sessions.deleteEndedSessions(trx, { before: now, after: "50000", limit: 1000 }),
};

const sessionEndCalls: CallsOf<typeof sessionEnds> = {
  findRevocationReason: (trx) => sessionEnds.findRevocationReason(trx, uuid),
  revokeSessions: async (trx) => {
    await sessionEnds.revokeSessions(trx, { userId, reason: "revoked", only: sessionId }, ending);
    await sessionEnds.revokeSessions(trx, { userId, reason: "logout_all", except: "1" }, ending);
  },
};

const sessionListCalls: CallsOf<typeof sessionLists> = {
  listLiveSessions: (trx) => sessionLists.listLiveSessions(trx, { userId, now }, page),
  findSessionId: (trx) => sessionLists.findSessionId(trx, { publicId: uuid, userId }),
};

const sessionStartCalls: CallsOf<typeof sessionStarts> = {
  insertSession: async (trx) => {
    const start = {
      values: newSession,
      device: undefined,
      passwordVersion: undefined,
      identityUse: undefined,
      isComplete: false,
      events: signInEvents,
    };
    await sessionStarts.insertSession(trx, start);
    await sessionStarts.insertSession(trx, { ...start, passwordVersion: 0 });
  },
  insertSessionAlone: async (trx) => {
    const start = {
      values: newSession,
      device: signInDevice,
      passwordVersion: 0,
      identityUse: undefined,
      isComplete: true,
      events: signInEvents,
    };
    const identityUse = { id: "50000", changes: { provider: "google", last_used_at: now } };
    await sessionStarts.insertSessionAlone(trx, start);
    await sessionStarts.insertSessionAlone(trx, { ...start, device: { ...signInDevice, pushToken: "push50000" } });
    await sessionStarts.insertSessionAlone(trx, { ...start, passwordVersion: undefined, identityUse });
    await sessionStarts.insertSessionAlone(trx, start, { text: "select $1::text", parameter: "a job" });
  },
  // Only parts of a statement, such as this one.
  isNewDevice: (trx) =>
    sessionStarts.insertSession(trx, {
      values: newSession,
      device: signInDevice,
      passwordVersion: undefined,
      identityUse: undefined,
      isComplete: false,
      events: signInEvents,
    }),
  writeSession: (trx) =>
    sessionStarts.insertSession(trx, {
      values: newSession,
      device: signInDevice,
      passwordVersion: undefined,
      identityUse: undefined,
      isComplete: false,
      events: signInEvents,
    }),
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
        phone: null,
        phone_verified_at: null,
        anonymous_since: null,
        unvouched: false,
        registered_ip: "::1",
        registered_user_agent: "agent",
        username: null,
        username_canonical: null,
        username_skeleton: null,
        given_name: null,
        family_name: null,
        birth_date: null,
        time_zone: null,
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

const signInCodeCalls: CallsOf<typeof signInCodes> = {
  insertCode: (trx) =>
    signInCodes.insertCode(trx, {
      digest,
      user_id: userId,
      source_session_id: sessionId,
      methods: ["pwd"],
      authenticated_at: now,
      challenge: digest,
      expires_at: now,
    }),
  findCode: (trx) => signInCodes.findCode(trx, digest),
  takeCode: (trx) => signInCodes.takeCode(trx, digest, now),
  setSession: (trx) => signInCodes.setSession(trx, digest, sessionId),
  deleteCodesOf: (trx) => signInCodes.deleteCodesOf(trx, userId),
  deleteExpiredCodes: (trx) => signInCodes.deleteExpiredCodes(trx, new Date(0)),
};

/** The calls of each function of these stores, by the file. */
export const sessionsStatements: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "auth/session/store.ts": sessionCalls,
  "auth/session/end-store.ts": sessionEndCalls,
  "auth/session/list-store.ts": sessionListCalls,
  "auth/session/start-store.ts": sessionStartCalls,
  "auth/register-store.ts": registerCalls,
  "auth/session/seen-store.ts": seenSessionCalls,
  "auth/session-events/store.ts": sessionStateCalls,
  "auth/session-events/ticket-store.ts": ticketCalls,
  "auth/sign-in-code/store.ts": signInCodeCalls,
};
