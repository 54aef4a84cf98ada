import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import type { SealedMessage } from "../../delivery/sealed-message.ts";
import { canonicalEmail } from "../../user/canonical.ts";
import { defaultLocale, findUserByIdentifier } from "../../user/service.ts";
import { emailExists, lockActiveUser, publicIdExists, type UserRow } from "../../user/store.ts";
import {
  type EmailDeps,
  mailAddressTaken,
  mailPasswordReset,
  sendDeferredChange,
  sendDeferredVerification,
} from "../email/service.ts";
import { isReservedForUndo } from "../one-time-token/store.ts";
import type { Registration } from "../registration/schema.ts";
import { holdRegistration } from "../registration/service.ts";
import { hasSignedInFrom } from "../session/seen-networks.ts";
import {
  type DeferredMailPayload,
  deferAgain,
  type MailRequest,
  openMailRequest,
  sendOrDefer,
} from "./deferred-mail.ts";
import { mailLink } from "./mail-link.ts";
import { networkPlace, type ThrottledMail } from "./throttle.ts";
import { isForSeveral } from "./throttle-store.ts";

/** What deferred mails need. */
type DeferredMailHandlerDeps = EmailDeps;

/** The handler of `mailRequestJob`: carries out a request whose caller was not told whether there is an account. */
export async function handleMailRequest(deps: DeferredMailHandlerDeps, payload: SealedMessage): Promise<void> {
  const request = openMailRequest(deps, payload);
  if (request.template === "complete-registration") await answerRegistration(deps, request);
  else if (request.template === "reset-password" || request.template === "magic-link") await answerLink(deps, request);
  else throw new Error(`${request.template} is no confidential request`);
}

/** The handler of `deferredMailJob`: sends a deferred mail, if there still is a reason for it. */
export async function sendDeferredMail(deps: DeferredMailHandlerDeps, payload: DeferredMailPayload): Promise<void> {
  if (await deferAgain(deps, payload)) return;
  const request = openMailRequest(deps, payload);
  await inTransaction(deps.db, async (trx) => {
    await deliver(deps, trx, (await isForSeveral(trx, payload.key)) ? forSeveral(request) : request);
  });
}

/**
 * The request to carry out when several places asked for one mail. A registration keeps the address, the language and the way
 * on of the last request and drops the rest, so that no caller's password or name ends up in another's account. The owner chooses the
 * password by a link.
 */
function forSeveral(request: MailRequest): MailRequest {
  if (request.template !== "complete-registration") return request;
  const { id, email, locale, origin, requestedAt, redirectTo } = request.account;
  return { ...request, account: { id, email, locale, origin, requestedAt, redirectTo } };
}

async function deliver(deps: DeferredMailHandlerDeps, trx: DatabaseTransaction, request: MailRequest): Promise<void> {
  switch (request.template) {
    case "reset-password":
    case "magic-link":
      return await sendLink(deps, trx, request);
    case "complete-registration":
      return await sendRegistration(deps, trx, request.account);
    case "verify-email":
      return await sendDeferredVerification(deps, trx, request);
    case "confirm-email-change":
      return await sendDeferredChange(deps, trx, request);
  }
}

type LinkRequest = Extract<MailRequest, { template: "reset-password" | "magic-link" }>;

/** Sends the link to an account that may sign in, and to nobody else. */
async function answerLink(deps: DeferredMailHandlerDeps, request: LinkRequest): Promise<void> {
  const { template: kind, ip } = request;
  const user = await findUserByIdentifier(deps.db, request.email);
  if (user === undefined) return;
  const isOwners = ip !== undefined && (await isPlaceOfOwner(deps, user, ip));
  const isProven = user.email_verified_at !== null;
  const mail: ThrottledMail = { kind, email: request.email, place: placeOf(deps, ip), isProven, isOwners };
  await inTransaction(deps.db, async (trx) => {
    // The user first, in the order in which the redemption of a link locks both.
    if (!(await lockActiveUser(trx, user.id))) return;
    await sendOrDefer(deps, trx, { mail, request, send: () => sendLink(deps, trx, request) });
  });
}

/**
 * Whether the account's owner has signed in from this network. Sessions before the address was proven, or of an account that
 * nobody vouched for, may be a stranger's and do not count.
 */
async function isPlaceOfOwner(deps: DeferredMailHandlerDeps, user: UserRow, ip: string): Promise<boolean> {
  const { id: userId, email_verified_at: since, unvouched } = user;
  return since !== null && !unvouched && (await hasSignedInFrom(deps, { userId, ip, since }));
}

async function sendLink(
  deps: DeferredMailHandlerDeps,
  trx: DatabaseTransaction,
  { template, email, redirectTo }: LinkRequest,
): Promise<void> {
  const user = await findUserByIdentifier(trx, email);
  if (user === undefined || !(await lockActiveUser(trx, user.id))) return;
  if (template === "reset-password") return await mailPasswordReset(deps, trx, user, redirectTo);
  await mailLink(deps, trx, { user, template, purpose: "magic_link", redirectTo });
}

type RegistrationRequest = Extract<MailRequest, { template: "complete-registration" }>;

/** A caller without an account has no known network and no proven address. */
async function answerRegistration(deps: DeferredMailHandlerDeps, request: RegistrationRequest): Promise<void> {
  const { account, ip } = request;
  // A job may run again after it did its work.
  if (await publicIdExists(deps.db, account.id)) return;
  const mail = { kind: "registration", email: account.email, place: placeOf(deps, ip), isProven: false } as const;
  await inTransaction(deps.db, (trx) =>
    sendOrDefer(deps, trx, { mail, request, send: () => sendRegistration(deps, trx, account) }),
  );
}

/** Sends the link that makes the account, or tells the owner of the address that it is taken. */
async function sendRegistration(
  deps: DeferredMailHandlerDeps,
  trx: DatabaseTransaction,
  registration: Registration,
): Promise<void> {
  if (await publicIdExists(trx, registration.id)) return;
  const { email, locale = defaultLocale } = registration;
  const emailCanonical = canonicalEmail(email);
  const claim = { userId: null, emailCanonical, now: deps.clock.now() };
  const isTaken = (await emailExists(trx, emailCanonical)) || (await isReservedForUndo(trx, claim));
  if (isTaken) await mailAddressTaken(deps, trx, { email, locale });
  else await holdRegistration(deps, trx, registration);
}

/** Requests of an earlier version, which lack the address, share one place. */
function placeOf(deps: Pick<DeferredMailHandlerDeps, "limits">, ip: string | undefined): string {
  return ip === undefined ? "unknown" : networkPlace(deps, ip);
}
