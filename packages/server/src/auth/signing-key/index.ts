export { followSigningKeys } from "./follow.ts";
export { rotateSigningKeyWhenDue, signingKeyJob } from "./job.ts";
export { sealedSigningKeys } from "./sealed.ts";
export {
  deleteSpentSigningKeys,
  describeSigningKeys,
  type NextKey,
  replaceSigningKeys,
  rotateSigningKey,
  type SigningKeyDescription,
} from "./service.ts";
export type { SigningKeys } from "./signing-keys.ts";
