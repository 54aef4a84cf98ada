import type { Config } from "../config.ts";

/** The pages that mails link to, at `/account/<page>`. */
export const accountPages = [
  "verify-email",
  "confirm-email-change",
  "undo-email-change",
  "reset-password",
  "forgot-password",
  "magic-link",
  "complete-registration",
  "restore-account",
  "download-export",
] as const;

/** See {@link accountPages}. */
export type AccountPage = (typeof accountPages)[number];

/** The URL of a page, without a token. It is built from the configured origin, never from a header of the request. */
export function accountPageUrl({ publicUrl }: Pick<Config, "publicUrl">, page: AccountPage): string {
  return `${publicUrl}/account/${page}`;
}
