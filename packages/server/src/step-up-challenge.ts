/**
 * Ways to prove again who one is, by the names that `methods` of a session has: `pwd` (RFC 8176) is the password, `email`
 * a link to sign in that was sent to the account's address.
 */
export const stepUpMethods = ["pwd", "email"] as const;

/** One of {@link stepUpMethods}. */
export type StepUpMethod = (typeof stepUpMethods)[number];

/** What would satisfy a procedure that takes a recent proof of who calls; goes with `STEP_UP_REQUIRED`. */
export interface StepUpChallenge {
  /** Those that the account has; none where only another sign-in would do. */
  readonly methods: readonly StepUpMethod[];
  /** For how long a proof counts, in seconds; sent as `max_age` (RFC 9470, 3). */
  readonly maxAgeSeconds: number;
}
