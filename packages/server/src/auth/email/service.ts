import type { z } from "zod";
import { recordEvent } from "../../audit/record.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { accountPageUrl } from "../../delivery/account-page.ts";
import { requireMail } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import { consume } from "../../limits/consume.ts";
import { canonicalEmail } from "../../user/canonical.ts";
import { addressOf, findUserByIdentifier, mapUniqueViolation, type Origin } from "../../user/service.ts";
import { emailExists, lockUser, type UserRow } from "../../user/store.ts";
import { type DeferredMailDeps, sendOrDefer } from "../notice/deferred-mail.ts";
import { mailLink } from "../notice/mail-link.ts";
import { mailLimitKeys, mailUser, type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import type { ThrottledMail } from "../notice/throttle.ts";
import { issueLink, redeemLink } from "../one-time-token/link.ts";
import { requireMailRedirect } from "../one-time-token/redirect.ts";
import { dropTokens, dropTokensAfterUndo, isHeld, type OneTimeTokenRow } from "../one-time-token/store.ts";
import type { RegistrationDeps } from "../registration/service.ts";
import type { Caller } from "../session/actor.ts";
import type { EndSessionDeps } from "../session/end.ts";
import { lockSession } from "../session/store.ts";
import { proveEmail } from "./prove.ts";
import type { changeEmailInput, sendVerificationInput } from "./schema.ts";
import { endSetUp, type SetUp } from "./set-up.ts";

/** What proving and changing an address needs. */
export type EmailDeps = RegistrationDeps & DeferredMailDeps & NoticeDeps & EndSessionDeps;

/** A caller with their program, for the reader of the mail to recognise. */
interface RecognisableCaller extends Caller {
  readonly userAgent: string | null;
}

/**
 * Sends the link that proves the address of a new account, as soon as the throttle allows; `place` is where the request comes
 * from. An account without an address gets none.
 */
export async function mailVerification(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  { user, place, redirectTo }: { readonly user: UserRow; readonly place: string } & WayOn,
): Promise<void> {
  const { email } = user;
  if (email === null) return;
  const mail = { kind: "verify-email", email, place, isProven: false } as const;
  const request = { template: "verify-email", userId: user.id, redirectTo } as const;
  await sendOrDefer(deps, trx, { mail, request, send: () => sendVerificationLink(deps, trx, { user, redirectTo }) });
}

/** Where the page behind a mail's link leads; checked. */
interface WayOn {
  readonly redirectTo?: string | undefined;
}

async function sendVerificationLink(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  { user, redirectTo }: { readonly user: UserRow } & WayOn,
): Promise<void> {
  await mailLink(deps, trx, { user, template: "verify-email", purpose: "verify_email", redirectTo });
}

/** Sends a deferred verification link, unless the address was proven meanwhile. */
export async function sendDeferredVerification(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  { userId, redirectTo }: { readonly userId: string } & WayOn,
): Promise<void> {
  const user = await lockUser(trx, userId);
  if (user !== undefined && user.email_verified_at === null)
    await sendVerificationLink(deps, trx, { user, redirectTo });
}

/**
 * Sends the verification link again, unless the address is proven. Throws `EMAIL_NOT_CONFIGURED`, `EMAIL_MISSING`,
 * `REDIRECT_NOT_ALLOWED` and `TOO_MANY_REQUESTS`.
 */
export async function sendVerification(
  deps: EmailDeps,
  { actor, ip }: Caller,
  wanted: z.output<typeof sendVerificationInput> = {},
): Promise<void> {
  requireMail(deps.config);
  const redirectTo = requireMailRedirect(deps.config, wanted.redirectTo);
  const { userId } = actor;
  await consume(deps, mailLimitKeys({ ip, userId }));
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    if (user === undefined) return;
    addressOf(user);
    if (user.email_verified_at === null) {
      await mailVerification(deps, trx, { user, place: placeOf(userId), redirectTo });
      const requested = { action: "email.verification_requested", kind: "user", targetId: user.public_id } as const;
      await recordEvent(deps, trx, requested);
    }
  });
}

/**
 * Sends the link that makes the change to the new address, and a notice to the old one, if there is one. If the new address is taken, only its
 * owner is told, by mail. Throws `EMAIL_NOT_CONFIGURED`, `REDIRECT_NOT_ALLOWED` and `TOO_MANY_REQUESTS`.
 */
export async function requestChange(
  deps: EmailDeps,
  { actor, ip, userAgent }: RecognisableCaller,
  { email, ...given }: z.output<typeof changeEmailInput>,
): Promise<void> {
  requireMail(deps.config);
  const redirectTo = requireMailRedirect(deps.config, given.redirectTo);
  const { userId } = actor;
  await consume(deps, mailLimitKeys({ ip, userId }));
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    const isSignedIn = user !== undefined && (await lockSession(trx, actor.session.id));
    if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const canonical = canonicalEmail(email);
    const isTaken = canonical !== user.email_canonical && (await emailExists(trx, canonical));
    // An earlier request ends either way: otherwise its end would reveal whether this address is taken.
    const wanted = { email, origin: { ip, userAgent }, requestedAt: deps.clock.now(), redirectTo };
    if (isTaken) await dropTokens(trx, userId, ["confirm_email_change"]);
    else await issueConfirmation(deps, trx, { ...wanted, userId });
    const requested = { action: "email.change_requested", kind: "user", targetId: user.public_id } as const;
    await recordEvent(deps, trx, { ...requested, details: { email } });
    const request = { template: "confirm-email-change", userId, ...wanted } as const;
    await sendOrDefer(deps, trx, {
      mail: changeMail(userId, email),
      request,
      send: () => sendChange(deps, trx, { ...wanted, user, isTaken }),
    });
    await sendSecurityNotice(deps, trx, { user, notice: { template: "email-change-requested", newEmail: email } });
  });
}

/** Each link belongs to one account, so one mail cannot serve two requests. */
function changeMail(userId: string, email: string): ThrottledMail {
  const place = placeOf(userId);
  return { kind: "confirm-email-change", email, place, isProven: false, differsByPlace: true };
}

/** A new address, and who asked for it when; jobs of an earlier version lack the latter. */
interface WantedAddress extends WayOn {
  readonly email: string;
  readonly origin?: Origin | undefined;
  readonly requestedAt?: Date | undefined;
}

/** The mail to the new address. */
interface ChangeMail extends WantedAddress {
  readonly user: UserRow;
  readonly isTaken: boolean;
}

async function sendChange(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  { user, isTaken, ...wanted }: ChangeMail,
): Promise<void> {
  const { email } = wanted;
  if (isTaken) return await mailAddressTaken(deps, trx, { email, locale: user.locale });
  const link = await issueConfirmation(deps, trx, { ...wanted, userId: user.id });
  await mailUser(deps, trx, {
    recipient: { email, locale: user.locale },
    content: { template: "confirm-email-change", ...link },
  });
}

async function issueConfirmation(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  wanted: WantedAddress & { readonly userId: string },
) {
  return await issueLink(deps, trx, { ...wanted, purpose: "confirm_email_change" });
}

/** Sends the deferred mail of a change, unless the change was made or cancelled meanwhile. */
export async function sendDeferredChange(
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
  if (isWanted) await sendChange(deps, trx, { ...wanted, user, isTaken });
}

/** The place of a signed-in caller: their account, whatever network they use. */
function placeOf(userId: string): string {
  return `user ${userId}`;
}

/** Tells the owner of an address by mail that somebody asked for it for another account. */
export async function mailAddressTaken(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  { email, locale }: { readonly email: string; readonly locale: string },
): Promise<void> {
  const resetUrl = accountPageUrl(deps.config, "forgot-password");
  const owner = await findUserByIdentifier(trx, email);
  await mailUser(deps, trx, {
    recipient: owner ?? { email, locale },
    content: { template: "address-already-registered", resetUrl },
  });
}

/**
 * Gives the account its former address back. An attacker who changed it may know the password and be signed in, so the
 * password, every session, API key and linked device end, and so does a telephone number that was proven since the change.
 * Passkeys end too, and a second factor stays. Sends a link to choose another password to the restored address. Throws
 * `EMAIL_TOKEN_INVALID` and `EMAIL_TAKEN`.
 */
export async function undoChange(deps: EmailDeps, token: string): Promise<void> {
  const presented = { token, purposes: ["undo_email_change"], refusal: "EMAIL_TOKEN_INVALID" } as const;
  await mapUniqueViolation(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const { link, user } = await redeemLink(deps, trx, presented);
      await endSetUp(deps, trx, { user, reason: "email_change_undone", kinds: endsByUndo(link, user) });
      await dropTokensAfterUndo(trx, link);
      const restored = await proveEmail(deps, trx, { user, account: "taken_over", email: link.target });
      await mailPasswordReset(deps, trx, restored, link.redirect_to ?? undefined);
    }),
  );
}

/** The link was created at the change. An attacker's sessions and devices may be older than it, so all of them end. */
function endsByUndo(link: OneTimeTokenRow, { phone_verified_at: provenAt }: UserRow): readonly SetUp[] {
  const isPhoneSince = provenAt !== null && provenAt >= link.created_at;
  return [
    "password",
    "passkeys",
    "sessions",
    "apiKeys",
    "devices",
    "exports",
    ...(isPhoneSince ? (["phone"] as const) : []),
  ];
}

/** Sends a link to choose another password to the user's address; the page behind it leads to `redirectTo`, which is checked. */
// biome-ignore lint/complexity/useMaxParams: most callers leave the last one out
export async function mailPasswordReset(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  user: UserRow,
  redirectTo?: string,
): Promise<void> {
  await mailLink(deps, trx, { user, template: "reset-password", purpose: "reset_password", redirectTo });
}
