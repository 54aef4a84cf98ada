import type { SignInMethodName } from "../session/methods.ts";

/**
 * How a user of a passkey proved who they are, by RFC 8176. `swk` is a key that may be copied to other devices, and `hwk` one that
 * never leaves its authenticator, as the authenticator says itself. `mfa` says that the authenticator also verified the user, by a
 * PIN or a fingerprint for instance: it is a second factor, so such a sign-in needs no other (NIST SP 800-63B-4, AAL2). `user` says
 * that somebody was present, and no more.
 */
export function passkeyMethods({ isBackupEligible, isUserVerified }: ProvenPasskey): readonly SignInMethodName[] {
  return [isBackupEligible ? "swk" : "hwk", isUserVerified ? "mfa" : "user"];
}

interface ProvenPasskey {
  readonly isBackupEligible: boolean;
  readonly isUserVerified: boolean;
}
