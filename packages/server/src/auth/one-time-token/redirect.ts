import { parseRedirect, type RedirectRules } from "../../redirect-targets.ts";
import { requireRedirect } from "../sign-in-code/service.ts";

/**
 * Returns where the page behind a mail's link leads, as it is stored with the link. It is no part of the link, so nobody can
 * exchange it. Throws `REDIRECT_NOT_ALLOWED`.
 */
export function requireMailRedirect(rules: RedirectRules, redirectTo: string | undefined): string | undefined {
  return redirectTo === undefined ? undefined : requireRedirect(rules, redirectTo).href;
}

/** Returns the stored address if it is still allowed: the operator may have removed it since the mail was sent. */
export function mailRedirectOf(rules: RedirectRules, stored: string | null | undefined): string | null {
  return (stored && parseRedirect(rules, stored)?.href) || null;
}
