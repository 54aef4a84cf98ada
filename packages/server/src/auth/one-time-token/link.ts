import { createHmac } from "node:crypto";
import { addSeconds, type Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { digestSecret, matchesDigest } from "../../crypto/secret-digest.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { type AccountPage, accountPageUrl } from "../../delivery/account-page.ts";
import { GatehouseError, type GatehouseErrorCode } from "../../errors.ts";
import type { RedirectRules } from "../../redirect-targets.ts";
import { canonicalEmail, mailbox } from "../../user/canonical.ts";
import type { Origin } from "../../user/service.ts";
import { lockUser, type UserRow } from "../../user/store.ts";
import { validForMinutes } from "./lifetimes.ts";
import {
  findToken,
  type OneTimeTokenRow,
  putToken,
  putTokenUnlessHeld,
  setRequest,
  type TokenPurpose,
  takeToken,
} from "./store.ts";

/** What links need. */
export interface LinkDeps {
  readonly config: RedirectRules;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly random: RandomSource;
}

/** The purposes of links that are mailed to an account. */
type LinkPurpose = Exclude<TokenPurpose, "verify_phone">;

/** The action of the page behind a link. */
type LinkAction = LinkPurpose | "complete_registration";

/** A link in a mail. */
interface Link {
  readonly url: string;
  readonly validForMinutes: number;
}

/** Whose link it is, its purpose, and the address that it proves, to which the mail goes. */
interface LinkTarget {
  readonly userId: string;
  readonly purpose: LinkPurpose;
  /** `null` for an account without an address, whose link an operator hands out; it ends as soon as there is an address. */
  readonly email: string | null;
  /** Where the request came from, so that the reader can tell whether it was theirs. Default: not kept. */
  readonly origin?: Origin | undefined;
  /** When the link was requested; the mail may come later. Default: not kept. */
  readonly requestedAt?: Date | undefined;
  /** Where the page behind the link leads. Default: nowhere in particular. */
  readonly redirectTo?: string | undefined;
}

/** The target of a link that proves no address. */
const noAddress = "";

const tokenBytes = 32;

/** A link is sent again while at least this share of its lifetime is left. */
const minShareLeft = 1 / 3;

/** Characters of a token in base64url. Any other length is rejected before any work is done. */
const tokenLength = Math.ceil((tokenBytes * 4) / 3);

/** A new link, and the values to store. */
interface NewLink extends Link {
  readonly digest: Buffer;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Creates a link with its token in the fragment, which appears in no server's log and no `Referer`. */
export function makeLink(deps: Pick<LinkDeps, "clock" | "config" | "random">, action: LinkAction): NewLink {
  return linkOf(deps, action, deps.random.bytes(tokenBytes).toString("base64url"));
}

/** Creates a link to a page whose token the caller stores in a table of its own, valid for so many minutes. */
export function makeLinkTo(
  deps: Pick<LinkDeps, "clock" | "config" | "random">,
  page: AccountPage,
  minutes: number,
): NewLink {
  return pageLink(deps, { page, minutes, token: deps.random.bytes(tokenBytes).toString("base64url") });
}

function linkOf(deps: Pick<LinkDeps, "clock" | "config">, action: LinkAction, token: string): NewLink {
  return pageLink(deps, { page: pageOf[action], minutes: validForMinutes[action], token });
}

interface PageLink {
  readonly page: AccountPage;
  readonly minutes: number;
  readonly token: string;
}

function pageLink(deps: Pick<LinkDeps, "clock" | "config">, { page, minutes, token }: PageLink): NewLink {
  const createdAt = deps.clock.now();
  const digest = digestSecret(token);
  const expiresAt = addSeconds(createdAt, minutes * 60);
  return { url: urlOf(deps, page, token), validForMinutes: minutes, digest, createdAt, expiresAt };
}

function urlOf({ config }: Pick<LinkDeps, "config">, page: AccountPage, token: string): string {
  return `${accountPageUrl(config, page)}#token=${token}`;
}

type IssuingDeps = Pick<LinkDeps, "clock" | "config" | "keyRing" | "random">;

/**
 * Returns the user's link for the purpose. While a third of its lifetime is left, it is the link that was sent before, so that
 * nobody can invalidate it by asking for another; after that, a new link replaces it. A link that undoes a change is always
 * new.
 */
export async function issueLink(deps: IssuingDeps, trx: DatabaseTransaction, target: LinkTarget): Promise<Link> {
  const { purpose } = target;
  const { link, values } = newLink(deps, target);
  const { created_at: createdAt } = values;
  const isRepeatable = purpose !== "undo_email_change";
  const held = isRepeatable
    ? await putTokenUnlessHeld(trx, values, addSeconds(createdAt, link.validForMinutes * minShareLeft * 60))
    : undefined;
  const repeated = held && repeatLink(deps, held, purpose);
  if (held !== undefined && repeated !== undefined) {
    // The page shows the last request, which is the one that the reader remembers, and leads where that one wanted.
    if (values.asked_at !== null || values.redirect_to !== held.redirect_to) await setRequest(trx, held.id, values);
    return repeated;
  }
  if (!isRepeatable || held !== undefined) await putToken(trx, values);
  return link;
}

/** Returns a new link for the purpose, and the values of its token, which the caller stores. */
export function newLink(deps: IssuingDeps, target: LinkTarget) {
  const { userId, purpose, email, origin, requestedAt, redirectTo } = target;
  const nonce = deps.random.bytes(nonceBytes);
  const [token] = tokensOf(deps.keyRing, { userId, purpose, nonce });
  if (token === undefined) throw new Error("a key ring holds at least one key");
  const { url, validForMinutes: minutes, digest, createdAt, expiresAt } = linkOf(deps, purpose, token);
  const values = {
    user_id: userId,
    purpose,
    target: email ?? noAddress,
    target_canonical: email === null ? noAddress : canonicalEmail(email),
    // A second change must not replace the link that undoes the first, not even between spellings of one mailbox.
    slot: purpose === "undo_email_change" ? mailbox(email ?? noAddress) : "",
    digest,
    nonce,
    attempts: 0,
    asked_ip: origin?.ip ?? null,
    asked_user_agent: origin?.userAgent ?? null,
    asked_at: requestedAt ?? null,
    redirect_to: redirectTo ?? null,
    created_at: createdAt,
    expires_at: expiresAt,
  };
  const link: Link = { url, validForMinutes: minutes };
  return { link, values };
}

/** Rebuilds the link of a stored token; `undefined` if the key that the token was derived from is gone. */
function repeatLink(deps: IssuingDeps, held: OneTimeTokenRow, purpose: LinkPurpose): Link | undefined {
  const { user_id: userId, nonce, digest, expires_at } = held;
  if (nonce === null) return undefined;
  const token = tokensOf(deps.keyRing, { userId, purpose, nonce }).find((each) => matchesDigest(each, digest));
  if (token === undefined) return undefined;
  const millisLeft = expires_at.getTime() - deps.clock.now().getTime();
  return { url: urlOf(deps, pageOf[purpose], token), validForMinutes: Math.max(1, Math.floor(millisLeft / 60_000)) };
}

const nonceBytes = 32;

/** The inputs from which a key derives a token. */
interface TokenOrigin {
  readonly userId: string;
  readonly purpose: LinkPurpose;
  readonly nonce: Uint8Array;
}

/**
 * HMAC-SHA-256 under each key of the ring, the newest first. The server can therefore send a link again, while a copy of the
 * table, with its digests and nonces, reveals no token.
 */
function tokensOf(keyRing: KeyRing, { userId, purpose, nonce }: TokenOrigin): readonly string[] {
  return keyRing
    .derive("link token")
    .map((key) => createHmac("sha256", key).update(`${purpose}\n${userId}\n`).update(nonce).digest("base64url"));
}

const pageOf: Readonly<Record<LinkAction, AccountPage>> = {
  verify_email: "verify-email",
  complete_registration: "complete-registration",
  confirm_email_change: "confirm-email-change",
  undo_email_change: "undo-email-change",
  reset_password: "reset-password",
  set_password: "reset-password",
  magic_link: "magic-link",
};

/** The digest by which a presented token is looked up; `undefined` for text that cannot be a token. */
export function digestLinkToken(token: string): Buffer | undefined {
  return token.length === tokenLength ? digestSecret(token) : undefined;
}

/** A presented token, the purposes that are accepted, and the error code of a rejection. */
interface Presented {
  readonly token: string;
  readonly purposes: readonly [LinkPurpose, ...LinkPurpose[]];
  readonly refusal: GatehouseErrorCode;
}

/** Finds the presented token without using it up. Throws the refusal, whatever is wrong with the token. */
export async function findLink(
  deps: Pick<LinkDeps, "clock">,
  db: Database,
  { token, purposes, refusal }: Presented,
): Promise<OneTimeTokenRow> {
  const digest = digestLinkToken(token);
  const found = digest && (await findToken(db, { purposes, digest, now: deps.clock.now() }));
  if (found === undefined) throw new GatehouseError(refusal);
  return found;
}

/**
 * Uses up the presented token and locks its user until the transaction ends. One of several concurrent calls succeeds. The
 * user is locked before the token, as everywhere. Throws the refusal.
 */
export async function redeemLink(
  deps: Pick<LinkDeps, "clock">,
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
 * Whether the link still serves the user. A link that changes the address, or undoes a change, proves its target; any other link
 * proves the user's current address, if that has not changed, and the link of an account without one if there still is none.
 */
export function proves(link: OneTimeTokenRow, user: UserRow): boolean {
  const isAboutAnother = link.purpose === "confirm_email_change" || link.purpose === "undo_email_change";
  return isAboutAnother || link.target_canonical === (user.email_canonical ?? noAddress);
}
