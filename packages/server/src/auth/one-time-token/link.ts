import { addSeconds } from "../../clock.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import type { Database, DatabaseTransaction } from "../../database/index.ts";
import { type AccountPage, accountPageUrl } from "../../delivery/account-page.ts";
import type { Dependencies } from "../../dependencies.ts";
import { GatehouseError, type GatehouseErrorCode } from "../../errors.ts";
import { canonicalEmail, lockUser, mailbox, type UserRow } from "../../user/index.ts";
import { validForMinutes } from "./lifetimes.ts";
import { findToken, type OneTimeTokenRow, putToken, type TokenPurpose, takeToken } from "./store.ts";

/** The purposes that a link by mail to an account serves. */
type LinkPurpose = Exclude<TokenPurpose, "verify_phone">;

/** What the page behind a link does. */
type LinkAction = LinkPurpose | "complete_registration";

/** A link as mails hold it. */
interface Link {
  readonly url: string;
  readonly validForMinutes: number;
}

/** Where a link was asked for, so that its reader can tell whether it was them. */
export interface Origin {
  readonly ip: string;
  readonly userAgent: string | null;
}

/** Whose link, what for, and the address that it proves: the one that the mail goes to. */
interface LinkTarget {
  readonly userId: string;
  readonly purpose: LinkPurpose;
  readonly email: string;
  /** Default: not kept. */
  readonly origin?: Origin;
}

const tokenBytes = 32;

/** Of a token as base64url. Anything else is refused before any work is done for it. */
const tokenLength = Math.ceil((tokenBytes * 4) / 3);

/** A link and what is stored of it. */
interface NewLink extends Link {
  readonly digest: Buffer;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Makes a link with a token in its fragment, which reaches no server's log and no `Referer`. */
export function makeLink(deps: Pick<Dependencies, "clock" | "config" | "random">, action: LinkAction): NewLink {
  const token = deps.random.bytes(tokenBytes).toString("base64url");
  const createdAt = deps.clock.now();
  return {
    url: `${accountPageUrl(deps.config, pageOf[action])}#token=${token}`,
    validForMinutes: validForMinutes[action],
    digest: digestSecret(token),
    createdAt,
    expiresAt: addSeconds(createdAt, validForMinutes[action] * 60),
  };
}

/** Makes a link for a user, and stores what it is recognised by. */
export async function issueLink(
  deps: Pick<Dependencies, "clock" | "config" | "random">,
  trx: DatabaseTransaction,
  { userId, purpose, email, origin }: LinkTarget,
): Promise<Link> {
  const { url, validForMinutes: minutes, digest, createdAt, expiresAt } = makeLink(deps, purpose);
  await putToken(trx, {
    user_id: userId,
    purpose,
    target: email,
    target_canonical: canonicalEmail(email),
    // A second change must not end what undoes the first one, even away from an address that only looks the same.
    slot: purpose === "undo_email_change" ? mailbox(email) : "",
    digest,
    attempts: 0,
    asked_ip: origin?.ip ?? null,
    asked_user_agent: origin?.userAgent ?? null,
    created_at: createdAt,
    expires_at: expiresAt,
  });
  return { url, validForMinutes: minutes };
}

const pageOf: Readonly<Record<LinkAction, AccountPage>> = {
  verify_email: "verify-email",
  complete_registration: "complete-registration",
  confirm_email_change: "confirm-email-change",
  undo_email_change: "undo-email-change",
  reset_password: "reset-password",
  magic_link: "magic-link",
};

/** What a presented token is looked up by; `undefined` for what cannot be one. */
export function digestLinkToken(token: string): Buffer | undefined {
  return token.length === tokenLength ? digestSecret(token) : undefined;
}

/** A token as presented, what it may have been made for, and how a refusal is called. */
interface Presented {
  readonly token: string;
  readonly purposes: readonly [LinkPurpose, ...LinkPurpose[]];
  readonly refusal: GatehouseErrorCode;
}

/** The token that was presented, without taking it. Throws the refusal, whatever is wrong with the token. */
export async function findLink(
  deps: Pick<Dependencies, "clock">,
  db: Database,
  { token, purposes, refusal }: Presented,
): Promise<OneTimeTokenRow> {
  const digest = digestLinkToken(token);
  const found = digest && (await findToken(db, { purposes, digest, now: deps.clock.now() }));
  if (found === undefined) throw new GatehouseError(refusal);
  return found;
}

/**
 * Takes the token that was presented, and locks its user until the transaction ends. Of any number of calls with a token
 * one succeeds. The user is locked first, as whatever else changes both does. Throws the refusal.
 */
export async function redeemLink(
  deps: Pick<Dependencies, "clock">,
  trx: DatabaseTransaction,
  presented: Presented,
): Promise<{ readonly link: OneTimeTokenRow; readonly user: UserRow }> {
  const link = await findLink(deps, trx, presented);
  const user = await lockUser(trx, link.user_id);
  const isTaken = user !== undefined && (await takeToken(trx, link, deps.clock.now()));
  if (user === undefined || !isTaken || !proves(link, user)) throw new GatehouseError(presented.refusal);
  return { link, user };
}

/**
 * Whether the link still proves something about the user. The two that are about an address which the user does not have
 * prove that one; the others, the user's own.
 */
export function proves(link: OneTimeTokenRow, user: UserRow): boolean {
  const isAboutAnother = link.purpose === "confirm_email_change" || link.purpose === "undo_email_change";
  return isAboutAnother || link.target_canonical === user.email_canonical;
}
