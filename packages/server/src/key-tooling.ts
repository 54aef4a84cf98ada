// What the command line needs of keys; the server itself uses the slices directly.
export {
  describeSigningKeys,
  type NextKey,
  replaceSigningKeys,
  rotateSigningKey,
  type SigningKeyDescription,
} from "./auth/signing-key/index.ts";
export { systemClock } from "./clock.ts";
export { KeyRing } from "./crypto/key-ring.ts";
export { systemRandom } from "./crypto/random.ts";
export { assertOpenable, listVersionsInUse, type ReencryptionResult, reencrypt } from "./encryption/index.ts";
export { sealedPlaces } from "./sealed-places.ts";
