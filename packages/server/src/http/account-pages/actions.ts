import type { AccountPage } from "../../delivery/account-page.ts";

/** The pages that do something; a link to sign in is for the app, which alone can keep the session. */
export type AccountAction = Exclude<AccountPage, "magic-link">;

/** The operation that a page calls. */
export const operationOf: Readonly<Record<AccountAction, string>> = {
  "verify-email": "/v1/auth/email/verify",
  "confirm-email-change": "/v1/auth/email/verify",
  "undo-email-change": "/v1/auth/email/undo-change",
  "reset-password": "/v1/auth/password/reset",
  "forgot-password": "/v1/auth/password/forgot",
  "complete-registration": "/v1/auth/email/verify",
};
