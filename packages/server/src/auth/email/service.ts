import type { z } from "zod";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { accountPageUrl } from "../../delivery/account-page.ts";
import { requireMail } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import { consume } from "../../limits/consume.ts";
import { canonicalEmail } from "../../user/canonical.ts";
import { findUserByIdentifier, mapUniqueViolation, type Origin } from "../../user/service.ts";
import { emailExists, lockUser, type UserRow } from "../../user/store.ts";
import { type DeferredMailDeps, sendOrDefer } from "../notice/deferred-mail.ts";
import { mailLimitKeys, mailUser, type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import type { ThrottledMail } from "../notice/throttle.ts";
import { issueLink, redeemLink } from "../one-time-token/link.ts";
import { dropTokens, dropTokensAfterUndo, isHeld, type OneTimeTokenRow } from "../one-time-token/store.ts";
import type { RegistrationDeps } from "../registration/service.ts";
import type { Actor } from "../session/actor.ts";
import type { EndSessionDeps } from "../session/end.ts";
import { lockSession } from "../session/store.ts";
import { proveEmail } from "./prove.ts";
import type { changeEmailInput } from "./schema.ts";
import { endSetUp, type SetUp } from "./set-up.ts";

/** What proving and changing an address needs. */
export type EmailDeps = RegistrationDeps & DeferredMailDeps & NoticeDeps & EndSessionDeps;

/** Who calls, and from where. */
interface Caller {
  readonly actor: Actor;
  readonly ip: string;
}

/** The same with the program, for the reader of the mail to recognise. */
interface RecognisableCaller extends Caller {
  readonly userAgent: string | null;
}

/** Sends the link that proves the address of a new account, when it has its turn; `place` is where the wish comes from. */
export async function mailVerification(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  { user, place }: { readonly user: UserRow; readonly place: string },
): Promise<void> {
  const mail = { kind: "verify-email", email: user.email, place, isProven: false } as const;
  const request = { template: "verify-email", userId: user.id } as const;
  await sendOrDefer(deps, trx, { mail, request }, () => sendVerificationLink(deps, trx, user));
}

async function sendVerificationLink(deps: EmailDeps, trx: DatabaseTransaction, user: UserRow): Promise<void> {
  const link = await issueLink(deps, trx, { userId: user.id, purpose: "verify_email", email: user.email });
  await mailUser(deps, trx, user, { template: "verify-email", ...link });
}

/** Sends that link when its turn has come; who has proven their address meanwhile is sent nothing. */
export async function sendVerificationAgain(deps: EmailDeps, trx: DatabaseTransaction, userId: string): Promise<void> {
  const user = await lockUser(trx, userId);
  if (user !== undefined && user.email_verified_at === null) await sendVerificationLink(deps, trx, user);
}

/** Sends that link again. Who has proven their address is sent nothing. Throws `EMAIL_NOT_CONFIGURED` and `TOO_MANY_REQUESTS`. */
export async function sendVerification(deps: EmailDeps, { actor, ip }: Caller): Promise<void> {
  requireMail(deps.config);
  const { userId } = actor;
  await consume(deps, mailLimitKeys({ ip, userId }));
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    if (user !== undefined && user.email_verified_at === null) {
      await mailVerification(deps, trx, { user, place: placeOf(userId) });
    }
  });
}

/**
 * Sends a link to the new address, by which the change takes effect, and tells the old one. Whether the new address is
 * taken, only its owner is told, by mail. Throws `EMAIL_NOT_CONFIGURED` and `TOO_MANY_REQUESTS`.
 */
export async function requestChange(
  deps: EmailDeps,
  { actor, ip, userAgent }: RecognisableCaller,
  { email }: z.output<typeof changeEmailInput>,
): Promise<void> {
  requireMail(deps.config);
  const { userId } = actor;
  await consume(deps, mailLimitKeys({ ip, userId }));
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    const isSignedIn = user !== undefined && (await lockSession(trx, actor.session.id));
    if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const canonical = canonicalEmail(email);
    const isTaken = canonical !== user.email_canonical && (await emailExists(trx, canonical));
    // Either way a request for another address ends: whether it does must not tell if this one is taken.
    const wanted = { email, origin: { ip, userAgent }, requestedAt: deps.clock.now() };
    if (isTaken) await dropTokens(trx, userId, ["confirm_email_change"]);
    else await issueConfirmation(deps, trx, user, wanted);
    const request = { template: "confirm-email-change", userId, ...wanted } as const;
    await sendOrDefer(deps, trx, { mail: changeMail(userId, email), request }, () =>
      sendChange(deps, trx, user, { ...wanted, isTaken }),
    );
    await sendSecurityNotice(deps, trx, user, { template: "email-change-requested", newEmail: email });
  });
}

/** Each link is one account's: one cannot stand for another's. */
function changeMail(userId: string, email: string): ThrottledMail {
  const place = placeOf(userId);
  return { kind: "confirm-email-change", email, place, isProven: false, differsByPlace: true };
}

/** Another address, and who asked for it when; a job of an earlier version does not say. */
interface WantedAddress {
  readonly email: string;
  readonly origin?: Origin | undefined;
  readonly requestedAt?: Date | undefined;
}

/** What the new address is sent. */
interface ChangeMail extends WantedAddress {
  readonly isTaken: boolean;
}

async function sendChange(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  user: UserRow,
  { isTaken, ...wanted }: ChangeMail,
): Promise<void> {
  const { email } = wanted;
  if (isTaken) return await mailTaken(deps, trx, { email, locale: user.locale });
  const link = await issueConfirmation(deps, trx, user, wanted);
  await mailUser(deps, trx, { email, locale: user.locale }, { template: "confirm-email-change", ...link });
}

async function issueConfirmation(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  { id: userId }: UserRow,
  wanted: WantedAddress,
) {
  return await issueLink(deps, trx, { userId, purpose: "confirm_email_change", ...wanted });
}

/** Sends that mail when its turn has come, unless the change was given up or made meanwhile. */
export async function sendChangeAgain(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  { userId, ...wanted }: WantedAddress & { readonly userId: string },
): Promise<void> {
  const user = await lockUser(trx, userId);
  if (user === undefined) return;
  const { email } = wanted;
  const canonical = canonicalEmail(email);
  const isTaken = canonical !== user.email_canonical && (await emailExists(trx, canonical));
  const isWanted = isTaken || (await isHeld(trx, { userId, purpose: "confirm_email_change", target: email }));
  if (isWanted) await sendChange(deps, trx, user, { ...wanted, isTaken });
}

/** Whom the mails of somebody who is signed in are counted for, wherever they are. */
function placeOf(userId: string): string {
  return `user ${userId}`;
}

/** Tells the owner of an address, at the one that they gave, that somebody wanted it for another account. */
export async function mailTaken(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  { email, locale }: { readonly email: string; readonly locale: string },
): Promise<void> {
  const resetUrl = accountPageUrl(deps.config, "forgot-password");
  const owner = await findUserByIdentifier(trx, email);
  await mailUser(deps, trx, owner ?? { email, locale }, {
    template: "address-already-registered",
    resetUrl,
  });
}

/**
 * Gives the account its former address back. Whoever changed it may know the password and be signed in, so the password
 * is gone, every session, API key and linked device ends, and a telephone number that was proven since the change. The
 * restored address is sent a link to choose another password. Throws `EMAIL_TOKEN_INVALID` and `EMAIL_TAKEN`.
 */
export async function undoChange(deps: EmailDeps, token: string): Promise<void> {
  const presented = { token, purposes: ["undo_email_change"], refusal: "EMAIL_TOKEN_INVALID" } as const;
  await mapUniqueViolation(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const { link, user } = await redeemLink(deps, trx, presented);
      await endSetUp(deps, trx, { userId: user.id, reason: "email_change_undone", kinds: endsByUndo(link, user) });
      await dropTokensAfterUndo(trx, link);
      const restored = await proveEmail(deps, trx, user, { account: "taken_over", email: link.target });
      await mailPasswordReset(deps, trx, restored);
    }),
  );
}

/** The link was made at the change. What came with a sign-in may be older and a thief's all the same, and ends in any case. */
function endsByUndo(link: OneTimeTokenRow, { phone_verified_at: provenAt }: UserRow): readonly SetUp[] {
  const isPhoneSince = provenAt !== null && provenAt >= link.created_at;
  return ["password", "sessions", "apiKeys", "devices", ...(isPhoneSince ? (["phone"] as const) : [])];
}

/** Sends a link to choose another password to the user's address. */
export async function mailPasswordReset(deps: EmailDeps, trx: DatabaseTransaction, user: UserRow): Promise<void> {
  const link = await issueLink(deps, trx, { userId: user.id, purpose: "reset_password", email: user.email });
  await mailUser(deps, trx, user, { template: "reset-password", ...link });
}
