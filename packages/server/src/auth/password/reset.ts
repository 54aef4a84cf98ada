import type { z } from "zod";
import { recordEvent } from "../../audit/record.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import type { RedirectRules } from "../../redirect-targets.ts";
import { findUser } from "../../user/store.ts";
import { proveEmail } from "../email/prove.ts";
import { findLink, proves, redeemLink } from "../one-time-token/link.ts";
import { mailRedirectOf } from "../one-time-token/redirect.ts";
import { endSessions } from "../session/end.ts";
import { lockSessionsAndDevices } from "../session/lock-order.ts";
import { ownerOf } from "./known-words.ts";
import { newPassword } from "./policy.ts";
import type { resetLinkSchema, resetPasswordInput } from "./schema.ts";
import { type RecoveryDeps, settleNewPassword } from "./service.ts";
import { setPassword } from "./store.ts";
import { resetFailures } from "./throttle.ts";

const resetPresented = (token: string) =>
  ({ token, purposes: ["reset_password", "set_password"], refusal: "PASSWORD_RESET_TOKEN_INVALID" }) as const;

/**
 * Returns whose password the link resets, so that the page can say at once whether the link works. The link stays unused.
 * Throws `PASSWORD_RESET_TOKEN_INVALID`.
 */
export async function inspectReset(
  deps: Pick<RecoveryDeps, "clock" | "db"> & { readonly config: RedirectRules },
  token: string,
): Promise<z.output<typeof resetLinkSchema>> {
  const link = await findLink(deps, deps.db, resetPresented(token));
  const owner = await findUser(deps.db, link.user_id);
  if (owner === undefined || !proves(link, owner)) throw new GatehouseError("PASSWORD_RESET_TOKEN_INVALID");
  return {
    email: owner.email,
    identifier: owner.email ?? owner.username ?? owner.phone ?? "",
    redirectTo: mailRedirectOf(deps.config, link.redirect_to),
  };
}

/**
 * Sets the password of the user to whom the token was sent. Ends all their sessions and any wait after failed sign-ins. This
 * proves the address, if there is one: unless somebody vouched for the account, whatever was set up on it before ends. A refused
 * password leaves the token valid. Throws `PASSWORD_RESET_TOKEN_INVALID`, `PASSWORD_TOO_WEAK` and `TOO_MANY_REQUESTS`.
 */
export async function resetPassword(
  deps: RecoveryDeps,
  { token, password }: z.output<typeof resetPasswordInput>,
): Promise<void> {
  const presented = resetPresented(token);
  const link = await findLink(deps, deps.db, presented);
  const owner = await findUser(deps.db, link.user_id);
  if (owner === undefined) throw new GatehouseError("PASSWORD_RESET_TOKEN_INVALID");
  const hash = await newPassword(deps, password, { owner: ownerOf(owner) });
  await inRetriedTransaction(deps.db, async (trx) => {
    const { user } = await redeemLink(deps, trx, presented);
    await lockSessionsAndDevices(trx, { userId: user.id });
    await endSessions(deps, trx, { userId: user.id, reason: "password_reset" });
    await setPassword(trx, { userId: user.id, hash }, deps.clock.now());
    await recordEvent(deps, trx, { action: "password.reset", kind: "user", targetId: user.public_id });
    // An operator handed out the link of an account without an address; there is nothing to prove.
    const isProof = user.email !== null;
    const proven = isProof ? await proveEmail(deps, trx, { user, account: "taken_over", renewed: "password" }) : user;
    await settleNewPassword(deps, trx, proven);
  });
  await resetFailures(deps, owner.id);
}
