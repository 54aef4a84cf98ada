import { addSeconds, type Clock } from "../../clock.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { LimitDeps } from "../../limits/consume.ts";
import { canonicalEmail, countedMailbox } from "../../user/canonical.ts";
import { dropPace, findNextAt, lockPace, putPace, putTurn } from "./pace-store.ts";
import { nextTurn } from "./turn.ts";

/** What a mail is about. Each kind has paces of its own: none takes another's turn. */
type PacedKind = "reset-password" | "magic-link" | "registration" | "verify-email" | "confirm-email-change";

/** A mail that somebody asks for who need not own the mailbox. */
export interface PacedMail {
  readonly kind: PacedKind;
  readonly email: string;
  /** Where the wish comes from: `network 203.0.113.9` or `user 17`. */
  readonly place: string;
  /** Whether the mailbox's owner has signed in from there: then strangers do not slow it. */
  readonly isOwners: boolean;
  /** Whether the mails that different places ask for differ, so that one cannot stand for all. Default false. */
  readonly differsByPlace?: boolean;
}

/** A mail that has its turn later. */
interface LaterMail {
  readonly delaySeconds: number;
  /** What it has in common with others that it stands for. */
  readonly key: string;
}

interface Sending {
  /** Sends the mail. */
  readonly send: () => Promise<void>;
  /** Leaves it to a job; `false` if one with the key waits already, which then stands for both. */
  readonly sendLater: (mail: LaterMail) => Promise<boolean>;
}

/** The furthest that a mail is put off, in seconds. */
const maxDelaySeconds = 24 * 60 * 60;

/**
 * Sends a mail when it has its turn: at once, as nearly always, or later. Nothing is left out where a mail of the same content
 * waits, or can wait: what a stranger asks for slows the owner's mails, and never stops them. The paces are locked, so that of
 * any number at once, on any number of servers, one goes first. Throws `TOO_MANY_REQUESTS` where the turn is a day away.
 */
export async function sendInTurn(
  deps: LimitDeps,
  trx: DatabaseTransaction,
  mail: PacedMail,
  { send, sendLater }: Sending,
): Promise<void> {
  const { limits, clock } = deps;
  const now = clock.now();
  const { kind, isOwners, place, differsByPlace = false } = mail;
  const mailbox = countedMailbox(mail.email);
  const placeKey = placeKeyOf(limits, mail);
  const mailboxKey = limits.keyOf(`mail.${kind}`, mailbox);
  const held = {
    place: await lockPace(trx, placeKey, now),
    mailbox: isOwners ? undefined : await lockPace(trx, mailboxKey, now),
  };
  const turn = nextTurn(held, limits.settings, now);
  const { dueAt } = turn;
  if (dueAt > addSeconds(now, maxDelaySeconds)) {
    throw new GatehouseError("TOO_MANY_REQUESTS", { retryAfterSeconds: secondsBetween(now, dueAt) - maxDelaySeconds });
  }
  const asker = turn.isCrowded && !differsByPlace ? "anybody" : place;
  const key = limits.keyOf(`mail.${kind}.waiting`, `${canonicalEmail(mail.email)} ${asker}`);
  if (dueAt <= now) await send();
  else if (await sendLater({ key, delaySeconds: secondsBetween(now, dueAt) })) await putTurn(trx, { key, dueAt });
  else return;
  await putPace(trx, placeKey, turn.place);
  if (turn.mailbox !== undefined) await putPace(trx, mailboxKey, turn.mailbox);
}

/** Until the mail that waits with this key has its turn; 0 once it has. */
export async function secondsToTurn(
  { db, clock }: { readonly db: Database; readonly clock: Clock },
  key: string,
): Promise<number> {
  const now = clock.now();
  return secondsBetween(now, (await findNextAt(db, key)) ?? now);
}

function secondsBetween(earlier: Date, later: Date): number {
  return Math.max(0, Math.ceil((later.getTime() - earlier.getTime()) / 1000));
}

type Placed = Pick<PacedMail, "kind" | "email" | "place">;

/** Lets the mails from one place begin anew, once somebody there has shown that the mailbox is theirs. */
export async function restartPace({ limits }: LimitDeps, trx: DatabaseTransaction, placed: Placed): Promise<void> {
  await dropPace(trx, placeKeyOf(limits, placed));
}

/** A caller who is not signed in, as a place. */
export function networkPlace({ limits }: Pick<LimitDeps, "limits">, ip: string): string {
  return `network ${limits.networkOf(ip)}`;
}

function placeKeyOf(limits: LimitDeps["limits"], { kind, email, place }: Placed): string {
  return limits.keyOf(`mail.${kind}.place`, `${countedMailbox(email)} ${place}`);
}
