export { type Actor, authenticate, noteActivity } from "./actor.ts";
export { ActorCache } from "./actor-cache.ts";
export { followSessionChanges, type SessionChanges } from "./changes.ts";
export {
  findByRefreshToken,
  type IssuedSession,
  refreshSession,
  startSession,
  toCurrentSession,
} from "./service.ts";
export {
  attachDevice,
  deleteEndedSessions,
  type EndedSessions,
  isSignedInOn,
  isUnknownOrigin,
  lockSession,
  revokeSessions,
} from "./store.ts";
