/**
 * The ways in which a user can prove their identity again, named as in `methods` of a session: `pwd` (RFC 8176) is the
 * password, `otp` is a code of an authenticator app, and `email` is a sign-in link sent to the account's address; `passkey` is a
 * passkey of any kind.
 */
export const stepUpMethods = ["pwd", "otp", "email", "passkey"] as const;

/** One of {@link stepUpMethods}. */
export type StepUpMethod = (typeof stepUpMethods)[number];

/** The proofs that a procedure with a step-up accepts; part of `STEP_UP_REQUIRED`. */
export interface StepUpChallenge {
  /** The methods that the account has. Empty if only a new sign-in can give the proof. */
  readonly methods: readonly StepUpMethod[];
  /** The time for which a proof counts; sent as `max_age` (RFC 9470, 3). */
  readonly maxAgeSeconds: number;
}
