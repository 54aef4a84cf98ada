// The key exports for the command line; the server itself imports the slices directly.
export {
  describeSigningKeys,
  type NextKey,
  replaceSigningKeys,
  rotateSigningKey,
  type SigningKeyDescription,
} from "./auth/signing-key/service.ts";
export { systemClock } from "./clock.ts";
export { KeyRing } from "./crypto/key-ring.ts";
export { systemRandom } from "./crypto/random.ts";
export { encryptedColumns } from "./encrypted-columns.ts";
export { assertOpenable } from "./encryption/assert-openable.ts";
export { type ReencryptionResult, reencrypt } from "./encryption/reencrypt.ts";
export { listVersionsInUse } from "./encryption/versions-in-use.ts";
