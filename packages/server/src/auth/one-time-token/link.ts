import { addSeconds } from "../../clock.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import type { Database, DatabaseTransaction } from "../../database/index.ts";
import type { Dependencies } from "../../dependencies.ts";
import { GatehouseError, type GatehouseErrorCode } from "../../errors.ts";
import { canonicalEmail, lockUser, type UserRow } from "../../user/index.ts";
import { validForMinutes } from "./lifetimes.ts";
import { findToken, type OneTimeTokenRow, putToken, type TokenPurpose, takeToken } from "./store.ts";

/** The purposes that a link by mail serves. */
export type LinkPurpose = Exclude<TokenPurpose, "verify_phone">;

/** A link as mails hold it. */
interface Link {
  readonly url: string;
  readonly validForMinutes: number;
}

/** Whose link, what for, and the address that it proves: the one that the mail goes to. */
interface NewLink {
  readonly userId: string;
  readonly purpose: LinkPurpose;
  readonly email: string;
}

const tokenBytes = 32;

/** Makes a link with a token in its fragment, which reaches no server's log and no `Referer`. */
export async function issueLink(
  deps: Pick<Dependencies, "clock" | "config" | "random">,
  trx: DatabaseTransaction,
  { userId, purpose, email }: NewLink,
): Promise<Link> {
  const token = deps.random.bytes(tokenBytes).toString("base64url");
  const now = deps.clock.now();
  const targetCanonical = canonicalEmail(email);
  await putToken(trx, {
    user_id: userId,
    purpose,
    target: email,
    target_canonical: targetCanonical,
    // A second change must not end what undoes the first one.
    slot: purpose === "undo_email_change" ? targetCanonical : "",
    digest: digestSecret(token),
    attempts: 0,
    created_at: now,
    expires_at: addSeconds(now, validForMinutes[purpose] * 60),
  });
  const url = `${accountUrl(deps.config, purpose)}#token=${token}`;
  return { url, validForMinutes: validForMinutes[purpose] };
}

/** The page of an action, without a token. Of the configured address only, never of a header that somebody sent. */
export function accountUrl({ publicUrl }: Pick<Dependencies["config"], "publicUrl">, purpose: LinkPurpose): string {
  return `${publicUrl}/account/${purpose.replaceAll("_", "-")}`;
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
  const found = await findToken(db, { purposes, digest: digestSecret(token), now: deps.clock.now() });
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

/** The two that are about an address which the user does not have prove that one; the others, the user's own. */
function proves(link: OneTimeTokenRow, user: UserRow): boolean {
  const isAboutAnother = link.purpose === "confirm_email_change" || link.purpose === "undo_email_change";
  return isAboutAnother || link.target_canonical === user.email_canonical;
}
