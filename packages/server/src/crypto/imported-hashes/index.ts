export { readStoredHash, readsAllOf, type StoredHash, UnreadableHashError } from "./stored-hash.ts";
export { matchesStoredHash } from "./verify.ts";
