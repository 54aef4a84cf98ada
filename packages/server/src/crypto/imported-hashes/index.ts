export { createBcryptVerifier } from "./bcrypt.ts";
export { readStoredHash, UnreadableHashError } from "./stored-hash.ts";
export { verifyStoredHash } from "./verify.ts";
