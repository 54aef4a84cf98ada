import type { AccountPage } from "../../delivery/account-page.ts";

/** The pages behind links that change something or download it. The page of a magic link signs in instead. */
export type AccountAction = Exclude<AccountPage, "magic-link">;

/** The pages that show the origin of the link and ask whether the reader requested it; see {@link inspectionOf}. */
export const askingPages = ["verify-email", "confirm-email-change", "complete-registration"] as const;

/** See {@link askingPages}. */
export type AskingAction = (typeof askingPages)[number];

/** The operation that returns the origin of the link, or the account whose password it resets. It does not use up the link. */
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
  "restore-account": "/v1/users/undo-deletion",
  "download-export": "/v1/exports/download",
};
