import type { DatabaseTransaction } from "../../database/connection.ts";
import type { MailDeps } from "../../delivery/email/service.ts";
import type { UserRow } from "../../user/store.ts";
import { issueLink, type LinkDeps } from "../one-time-token/link.ts";
import { mailUser } from "./service.ts";

/** A mail whose link goes to the user's own address, and the purpose of the link. */
type OwnLink =
  | { readonly template: "verify-email"; readonly purpose: "verify_email" }
  | { readonly template: "reset-password"; readonly purpose: "reset_password" }
  | { readonly template: "password-removed"; readonly purpose: "set_password" }
  | { readonly template: "magic-link"; readonly purpose: "magic_link" };

/** Issues the user's link for the purpose and mails it to them. Does neither for an account without an address. */
export async function mailLink(
  deps: LinkDeps & MailDeps,
  trx: DatabaseTransaction,
  {
    user,
    template,
    purpose,
    redirectTo,
  }: OwnLink & { readonly user: UserRow; readonly redirectTo?: string | undefined },
): Promise<void> {
  if (user.email === null) return;
  const link = await issueLink(deps, trx, { userId: user.id, purpose, email: user.email, redirectTo });
  await mailUser(deps, trx, { recipient: user, content: { template, ...link } });
}
