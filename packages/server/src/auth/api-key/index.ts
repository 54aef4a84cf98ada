export { type ApiKeyActor, authenticateApiKey, noteUse, refuseApiKey, type ScopedActor } from "./actor.ts";
export { deleteEndedApiKeys, revokeApiKeysOf } from "./store.ts";
