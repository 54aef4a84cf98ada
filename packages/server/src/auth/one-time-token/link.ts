import { createHmac } from "node:crypto";
import { addSeconds, type Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { digestSecret, matchesDigest } from "../../crypto/secret-digest.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { type AccountPage, accountPageUrl } from "../../delivery/account-page.ts";
import { GatehouseError, type GatehouseErrorCode } from "../../errors.ts";
import { canonicalEmail, mailbox } from "../../user/canonical.ts";
import type { Origin } from "../../user/service.ts";
import { lockUser, type UserRow } from "../../user/store.ts";
import { validForMinutes } from "./lifetimes.ts";
import {
  findToken,
  noteAsked,
  type OneTimeTokenRow,
  putToken,
  putTokenUnlessHeld,
  type TokenPurpose,
  takeToken,
} from "./store.ts";

/** What links need. */
export interface LinkDeps {
  readonly config: Pick<Config, "publicUrl">;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly random: RandomSource;
}

/** The purposes that a link by mail to an account serves. */
type LinkPurpose = Exclude<TokenPurpose, "verify_phone">;

/** What the page behind a link does. */
type LinkAction = LinkPurpose | "complete_registration";

/** A link as mails hold it. */
interface Link {
  readonly url: string;
  readonly validForMinutes: number;
}

/** Whose link, what for, and the address that it proves: the one that the mail goes to. */
interface LinkTarget {
  readonly userId: string;
  readonly purpose: LinkPurpose;
  readonly email: string;
  /** Where it was asked for, so that its reader can tell whether it was them. Default: not kept. */
  readonly origin?: Origin | undefined;
  /** When it was asked for, where the mail may come later. Default: not kept. */
  readonly requestedAt?: Date | undefined;
}

const tokenBytes = 32;

/** The part of its time that must be left of a link which is sent again. */
const minShareLeft = 1 / 3;

/** Of a token as base64url. Anything else is refused before any work is done for it. */
const tokenLength = Math.ceil((tokenBytes * 4) / 3);

/** A link and what is stored of it. */
interface NewLink extends Link {
  readonly digest: Buffer;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Makes a link with a token in its fragment, which reaches no server's log and no `Referer`. */
export function makeLink(deps: Pick<LinkDeps, "clock" | "config" | "random">, action: LinkAction): NewLink {
  return linkOf(deps, action, deps.random.bytes(tokenBytes).toString("base64url"));
}

function linkOf(deps: Pick<LinkDeps, "clock" | "config">, action: LinkAction, token: string): NewLink {
  const createdAt = deps.clock.now();
  return {
    url: urlOf(deps, action, token),
    validForMinutes: validForMinutes[action],
    digest: digestSecret(token),
    createdAt,
    expiresAt: addSeconds(createdAt, validForMinutes[action] * 60),
  };
}

function urlOf({ config }: Pick<LinkDeps, "config">, action: LinkAction, token: string): string {
  return `${accountPageUrl(config, pageOf[action])}#token=${token}`;
}

type IssuingDeps = Pick<LinkDeps, "clock" | "config" | "keyRing" | "random">;

/**
 * The user's link for the purpose: the one that they were sent before while a third of its time is left, so that nobody makes
 * it worthless by asking for another, or a new one that takes its place. What undoes a change is always new.
 */
export async function issueLink(deps: IssuingDeps, trx: DatabaseTransaction, target: LinkTarget): Promise<Link> {
  const { userId, purpose, email, origin, requestedAt } = target;
  const nonce = deps.random.bytes(nonceBytes);
  const [token] = tokensOf(deps.keyRing, { userId, purpose, nonce });
  if (token === undefined) throw new Error("a key ring holds at least one key");
  const { url, validForMinutes: minutes, digest, createdAt, expiresAt } = linkOf(deps, purpose, token);
  const values = {
    user_id: userId,
    purpose,
    target: email,
    target_canonical: canonicalEmail(email),
    // A second change must not end what undoes the first one, even away from an address that only looks the same.
    slot: purpose === "undo_email_change" ? mailbox(email) : "",
    digest,
    nonce,
    attempts: 0,
    asked_ip: origin?.ip ?? null,
    asked_user_agent: origin?.userAgent ?? null,
    asked_at: requestedAt ?? null,
    created_at: createdAt,
    expires_at: expiresAt,
  };
  const isRepeatable = purpose !== "undo_email_change";
  const held = isRepeatable
    ? await putTokenUnlessHeld(trx, values, addSeconds(createdAt, minutes * minShareLeft * 60))
    : undefined;
  const repeated = held && repeatLink(deps, held, purpose);
  if (held !== undefined && repeated !== undefined) {
    // The reader is asked about the last request, which is the one that they remember.
    if (requestedAt !== undefined) await noteAsked(trx, held.id, values);
    return repeated;
  }
  if (!isRepeatable || held !== undefined) await putToken(trx, values);
  return { url, validForMinutes: minutes };
}

/** The link that a token was sent in; `undefined` if the key is gone that it was derived from. */
function repeatLink(deps: IssuingDeps, held: OneTimeTokenRow, purpose: LinkPurpose): Link | undefined {
  const { user_id: userId, nonce, digest, expires_at } = held;
  if (nonce === null) return undefined;
  const token = tokensOf(deps.keyRing, { userId, purpose, nonce }).find((each) => matchesDigest(each, digest));
  if (token === undefined) return undefined;
  const millisLeft = expires_at.getTime() - deps.clock.now().getTime();
  return { url: urlOf(deps, purpose, token), validForMinutes: Math.max(1, Math.floor(millisLeft / 60_000)) };
}

const nonceBytes = 32;

/** What a token is derived from besides the key. */
interface TokenOrigin {
  readonly userId: string;
  readonly purpose: LinkPurpose;
  readonly nonce: Uint8Array;
}

/**
 * HMAC-SHA-256 under each key of the ring, the newest first: so that a link can be sent again, though the table alone, with its
 * digests and nonces, gives none away.
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
 * Takes the token that was presented, and locks its user until the transaction ends. Of any number of calls with a token
 * one succeeds. The user is locked first, as whatever else changes both does. Throws the refusal.
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
 * Whether the link still proves something about the user. The two that are about an address which the user does not have
 * prove that one; the others, the user's own.
 */
export function proves(link: OneTimeTokenRow, user: UserRow): boolean {
  const isAboutAnother = link.purpose === "confirm_email_change" || link.purpose === "undo_email_change";
  return isAboutAnother || link.target_canonical === user.email_canonical;
}
