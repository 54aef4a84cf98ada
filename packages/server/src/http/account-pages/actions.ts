/** What the link of a mail can be for; the address is `/account/<action>`. */
export const accountActions = [
  "verify-email",
  "confirm-email-change",
  "undo-email-change",
  "reset-password",
  "magic-link",
  "complete-registration",
] as const;

/** See {@link accountActions}. */
export type AccountAction = (typeof accountActions)[number];

/** The operation that takes the token. */
export const operationOf: Readonly<Record<AccountAction, string>> = {
  "verify-email": "/v1/auth/email/verify",
  "confirm-email-change": "/v1/auth/email/verify",
  "undo-email-change": "/v1/auth/email/undo-change",
  "reset-password": "/v1/auth/password/reset",
  "magic-link": "/v1/auth/magic-link/verify",
  "complete-registration": "/v1/auth/email/verify",
};
