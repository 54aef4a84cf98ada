import type { z } from "zod";
import { inNameOf } from "../../audit/call.ts";
import { inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { requireMail } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import { consume } from "../../limits/consume.ts";
import type { RedirectRules } from "../../redirect-targets.ts";
import { findUser } from "../../user/store.ts";
import { proveEmail } from "../email/prove.ts";
import { type DeferredMailDeps, enqueueMailRequest } from "../notice/deferred-mail.ts";
import { mailLimitKeys } from "../notice/service.ts";
import { networkPlace, resetThrottle } from "../notice/throttle.ts";
import { findLink, proves, redeemLink } from "../one-time-token/link.ts";
import { mailRedirectOf, requireMailRedirect } from "../one-time-token/redirect.ts";
import type { EndSessionDeps } from "../session/end.ts";
import { lockSessionsAndDevices } from "../session/lock-order.ts";
import { type SignIn, type SignInDeps, type SignInResult, signIn } from "../session/sign-in.ts";
import type { magicLinkSchema, sendMagicLinkInput } from "./schema.ts";

/** What signing in by a link needs. */
type MagicLinkDeps = DeferredMailDeps & SignInDeps & EndSessionDeps;

/**
 * Sends a link to sign in to the address, if it belongs to an account that may sign in, as soon as the throttle allows.
 * Neither the answer nor its time reveals whether there is one. Throws `EMAIL_NOT_CONFIGURED`, `REDIRECT_NOT_ALLOWED` and
 * `TOO_MANY_REQUESTS`.
 */
export async function sendMagicLink(
  deps: MagicLinkDeps & { readonly config: RedirectRules },
  { email, ...given }: z.output<typeof sendMagicLinkInput>,
  ip: string,
): Promise<void> {
  requireMail(deps.config);
  const redirectTo = requireMailRedirect(deps.config, given.redirectTo);
  await consume(deps, mailLimitKeys({ ip }));
  await inTransaction(deps.db, (trx) =>
    enqueueMailRequest(deps, trx, { template: "magic-link", email, ip, redirectTo }),
  );
}

const presentedLink = (token: string) => ({ token, purposes: ["magic_link"], refusal: "MAGIC_LINK_INVALID" }) as const;

/**
 * Returns whose account the link signs in to, so that its reader does not sign in to a stranger's, and where they go on. The link
 * stays unused. Throws `MAGIC_LINK_INVALID`.
 */
export async function inspectMagicLink(
  deps: Pick<MagicLinkDeps, "clock" | "db"> & { readonly config: RedirectRules },
  token: string,
): Promise<z.output<typeof magicLinkSchema>> {
  const link = await findLink(deps, deps.db, presentedLink(token));
  const owner = await findUser(deps.db, link.user_id);
  if (owner === undefined || !proves(link, owner)) throw new GatehouseError("MAGIC_LINK_INVALID");
  return { email: link.target, redirectTo: mailRedirectOf(deps.config, link.redirect_to) };
}

/**
 * Signs in the user to whom the link was sent. This proves the address: unless somebody vouched for the account, whatever was
 * set up on it before ends. Throws `MAGIC_LINK_INVALID` and `ACCOUNT_DISABLED`.
 */
export async function verifyMagicLink(deps: MagicLinkDeps, token: string, how: SignIn): Promise<SignInResult> {
  return await inRetriedTransaction(deps.db, async (trx) => {
    const { user, link } = await redeemLink(deps, trx, presentedLink(token));
    await lockSessionsAndDevices(trx, { userId: user.id, device: how.device });
    const place = networkPlace(deps, how.origin.ip);
    const isProven = user.email_verified_at !== null;
    await resetThrottle(deps, trx, { kind: "magic-link", email: link.target, place, isProven });
    if (user.status !== "active") throw new GatehouseError("ACCOUNT_DISABLED");
    const signingIn = inNameOf(deps, user.public_id);
    const proven = await proveEmail(signingIn, trx, { user, account: "taken_over" });
    return await signIn(signingIn, trx, { user: proven, ...how, methods: ["email"] });
  });
}
