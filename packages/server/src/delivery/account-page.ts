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
] as const;

/** See {@link accountPages}. */
export type AccountPage = (typeof accountPages)[number];

/** The address of a page, without a token. Of the configured address only, never of a header that somebody sent. */
export function accountPageUrl({ publicUrl }: Pick<Config, "publicUrl">, page: AccountPage): string {
  return `${publicUrl}/account/${page}`;
}
