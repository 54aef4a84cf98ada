export { type Actor, authenticate, noteActivity } from "./actor.ts";
export { ActorCache } from "./actor-cache.ts";
export { followSessionChanges, type SessionChanges } from "./changes.ts";
export { sealedRefreshKeys } from "./sealed.ts";
export {
  refreshSession,
  type SessionTokens,
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
