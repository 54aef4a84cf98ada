import type { z } from "zod";
import { type DatabaseTransaction, inTransaction } from "../../database/index.ts";
import { accountPageUrl } from "../../delivery/account-page.ts";
import { requireMail } from "../../delivery/email/index.ts";
import type { Dependencies } from "../../dependencies.ts";
import { GatehouseError } from "../../errors.ts";
import { spendAll } from "../../limits/index.ts";
import {
  canonicalEmail,
  emailExists,
  findUserByIdentifier,
  getUser,
  lockUser,
  throwTaken,
  type UserRow,
} from "../../user/index.ts";
import { mailExpenses, mailUser, warnOwner } from "../account-mail/index.ts";
import { endSetUp, proveEmail } from "../email-proof/index.ts";
import { dropTokens, dropTokensAfterUndo, issueLink, type Origin, redeemLink } from "../one-time-token/index.ts";
import { type Actor, lockSession } from "../session/index.ts";
import type { changeEmailInput } from "./schema.ts";

/** Who calls, and from where. */
interface Caller {
  readonly actor: Actor;
  readonly ip: string;
}

/** The same with the program, for the reader of the mail to recognise. */
interface RecognisableCaller extends Caller {
  readonly userAgent: string | null;
}

/** Sends the link that proves the address of a new account. */
export async function mailVerification(deps: Dependencies, trx: DatabaseTransaction, user: UserRow): Promise<void> {
  const link = await issueLink(deps, trx, { userId: user.id, purpose: "verify_email", email: user.email });
  await mailUser(deps, trx, user, { template: "verify-email", ...link });
}

/** Sends that link again; the one before it ends. Who has proven their address is sent nothing. */
export async function sendVerification(deps: Dependencies, { actor, ip }: Caller): Promise<void> {
  requireMail(deps.config);
  const { userId } = actor;
  const { email } = await getUser(deps, userId);
  await spendAll(deps, mailExpenses({ email, ip, userId }));
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    if (user !== undefined && user.email_verified_at === null) await mailVerification(deps, trx, user);
  });
}

/**
 * Sends a link to the new address, by which the change takes effect, and tells the old one. Whether the new address is
 * taken, only its owner is told, by mail. Throws `EMAIL_NOT_CONFIGURED` and `TOO_MANY_REQUESTS`.
 */
export async function requestChange(
  deps: Dependencies,
  { actor, ip, userAgent }: RecognisableCaller,
  { email }: z.output<typeof changeEmailInput>,
): Promise<void> {
  requireMail(deps.config);
  const { userId } = actor;
  await spendAll(deps, mailExpenses({ email, ip, userId }));
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    const isSignedIn = user !== undefined && (await lockSession(trx, actor.session.id));
    if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const canonical = canonicalEmail(email);
    const isTaken = canonical !== user.email_canonical && (await emailExists(trx, canonical));
    // Either way the request before this one ends: whether it does must not tell if the address is taken.
    await dropTokens(trx, userId, ["confirm_email_change"]);
    if (isTaken) await mailTaken(deps, trx, { email, locale: user.locale });
    else await mailConfirmation(deps, trx, user, { email, origin: { ip, userAgent } });
    await warnOwner(deps, trx, user, { template: "email-change-requested", newEmail: email });
  });
}

/** Another address, and who asked for it. */
interface Request {
  readonly email: string;
  readonly origin: Origin;
}

async function mailConfirmation(
  deps: Dependencies,
  trx: DatabaseTransaction,
  user: UserRow,
  { email, origin }: Request,
): Promise<void> {
  const link = await issueLink(deps, trx, { userId: user.id, purpose: "confirm_email_change", email, origin });
  await mailUser(deps, trx, { ...user, email }, { template: "confirm-email-change", ...link });
}

/** Tells the owner of an address, at the one that they gave, that somebody wanted it for another account. */
export async function mailTaken(
  deps: Dependencies,
  trx: DatabaseTransaction,
  { email, locale }: { readonly email: string; readonly locale: string },
): Promise<void> {
  const resetUrl = accountPageUrl(deps.config, "forgot-password");
  const owner = await findUserByIdentifier(trx, email);
  await mailUser(deps, trx, owner ?? { email, locale, given_name: null }, {
    template: "address-already-registered",
    resetUrl,
  });
}

/**
 * Gives the account its former address back. Whoever changed it may know the password and be signed in, so the password
 * is gone, every session, API key and linked device ends, and the restored address is sent a link to choose another password. Throws
 * `EMAIL_TOKEN_INVALID` and `EMAIL_TAKEN`.
 */
export async function undoChange(deps: Dependencies, token: string): Promise<void> {
  const presented = { token, purposes: ["undo_email_change"], refusal: "EMAIL_TOKEN_INVALID" } as const;
  await throwTaken(() =>
    inTransaction(deps.db, async (trx) => {
      const { link, user } = await redeemLink(deps, trx, presented);
      const kinds = ["password", "sessions", "apiKeys", "devices"] as const;
      await endSetUp(deps, trx, { userId: user.id, reason: "email_change_undone", kinds });
      await dropTokensAfterUndo(trx, link);
      const restored = await proveEmail(deps, trx, user, { account: "taken_over", email: link.target });
      await mailPasswordReset(deps, trx, restored);
    }),
  );
}

/** Sends a link to choose another password to the user's address. */
export async function mailPasswordReset(deps: Dependencies, trx: DatabaseTransaction, user: UserRow): Promise<void> {
  const link = await issueLink(deps, trx, { userId: user.id, purpose: "reset_password", email: user.email });
  await mailUser(deps, trx, user, { template: "reset-password", ...link });
}
