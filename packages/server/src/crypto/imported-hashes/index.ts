export { createBcryptVerifier } from "./bcrypt.ts";
export { readStoredHash, readsAllOf, UnreadableHashError } from "./stored-hash.ts";
export { verifyStoredHash } from "./verify.ts";
