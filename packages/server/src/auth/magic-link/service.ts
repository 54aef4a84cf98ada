import type { z } from "zod";
import { inNameOf } from "../../audit/call.ts";
import { inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { requireMail } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import { consume } from "../../limits/consume.ts";
import { proveEmail } from "../email/prove.ts";
import { type DeferredMailDeps, enqueueMailRequest } from "../notice/deferred-mail.ts";
import { mailLimitKeys } from "../notice/service.ts";
import { networkPlace, resetThrottle } from "../notice/throttle.ts";
import { redeemLink } from "../one-time-token/link.ts";
import type { EndSessionDeps } from "../session/end.ts";
import { lockSessionsAndDevices } from "../session/lock-order.ts";
import { type SignedIn, type SignIn, type SignInDeps, signIn } from "../session/sign-in.ts";
import type { sendMagicLinkInput } from "./schema.ts";

/** What signing in by a link needs. */
type MagicLinkDeps = DeferredMailDeps & SignInDeps & EndSessionDeps;

/**
 * Sends a link to sign in to the address, if it belongs to an account that may sign in, as soon as the throttle allows.
 * Neither the answer nor its time reveals whether there is one. Throws `EMAIL_NOT_CONFIGURED` and `TOO_MANY_REQUESTS`.
 */
export async function sendMagicLink(
  deps: MagicLinkDeps,
  { email }: z.output<typeof sendMagicLinkInput>,
  ip: string,
): Promise<void> {
  requireMail(deps.config);
  await consume(deps, mailLimitKeys({ ip }));
  await inTransaction(deps.db, (trx) => enqueueMailRequest(deps, trx, { template: "magic-link", email, ip }));
}

/**
 * Signs in the user to whom the link was sent. This proves the address: unless somebody vouched for the account, whatever was
 * set up on it before ends. Throws `MAGIC_LINK_INVALID` and `ACCOUNT_DISABLED`.
 */
export async function verifyMagicLink(deps: MagicLinkDeps, token: string, how: SignIn): Promise<SignedIn> {
  const presented = { token, purposes: ["magic_link"], refusal: "MAGIC_LINK_INVALID" } as const;
  return await inRetriedTransaction(deps.db, async (trx) => {
    const { user } = await redeemLink(deps, trx, presented);
    await lockSessionsAndDevices(trx, { userId: user.id, device: how.device });
    const place = networkPlace(deps, how.origin.ip);
    const isProven = user.email_verified_at !== null;
    await resetThrottle(deps, trx, { kind: "magic-link", email: user.email, place, isProven });
    if (user.status !== "active") throw new GatehouseError("ACCOUNT_DISABLED");
    const signingIn = inNameOf(deps, user.public_id);
    const proven = await proveEmail(signingIn, trx, { user, account: "taken_over" });
    return await signIn(signingIn, trx, { user: proven, ...how, methods: ["email"] });
  });
}
