import type { AccountPage } from "../../delivery/account-page.ts";

/** The pages that do something; a link to sign in is for the app, which alone can keep the session. */
export type AccountAction = Exclude<AccountPage, "magic-link">;

/** The pages that ask their reader whether they are who asked for the link; the address says who that was. */
export const askingPages = ["verify-email", "confirm-email-change", "complete-registration"] as const;

/** See {@link askingPages}. */
export type AskingAction = (typeof askingPages)[number];

/** The operation that says who asked for the link, or whose password it resets; without taking the link. */
export const inspectionOf: Readonly<Record<AskingAction | "reset-password", string>> = {
  "verify-email": "/v1/auth/email/verify/inspect",
  "confirm-email-change": "/v1/auth/email/verify/inspect",
  "complete-registration": "/v1/auth/email/verify/inspect",
  "reset-password": "/v1/auth/password/reset/inspect",
};

/** The operation that a page calls. */
export const operationOf: Readonly<Record<AccountAction, string>> = {
  "verify-email": "/v1/auth/email/verify",
  "confirm-email-change": "/v1/auth/email/verify",
  "undo-email-change": "/v1/auth/email/undo-change",
  "reset-password": "/v1/auth/password/reset",
  "forgot-password": "/v1/auth/password/forgot",
  "complete-registration": "/v1/auth/email/verify",
};
