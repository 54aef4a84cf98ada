export { type Actor, authenticate, noteActivity, type Principal, readSession } from "./actor.ts";
export { ActorCache } from "./actor-cache.ts";
export { followSessionChanges, type SessionChanges } from "./changes.ts";
export { proofOf } from "./proof.ts";
export { RefreshKeys } from "./refresh-keys.ts";
export { sealedRefreshKeys } from "./sealed.ts";
export { hasSignedInFrom } from "./seen-networks.ts";
export {
  findByRefreshToken,
  type IssuedSession,
  type RefreshAttempt,
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
  noteProof,
  revokeSessions,
} from "./store.ts";
