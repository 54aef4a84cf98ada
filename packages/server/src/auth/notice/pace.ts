import type { Clock } from "../../clock.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { inTransaction } from "../../database/connection.ts";
import type { LimitDeps } from "../../limits/consume.ts";
import { canonicalEmail } from "../../user/canonical.ts";
import { laneOf } from "./lane.ts";
import { dropPace, findTurn, joinTurn, lockPace, putPace, putTurn } from "./pace-store.ts";
import { type LaneState, nextTurn, type Turn, turnAfterWait } from "./turn.ts";

/** What a mail is about. Each kind has paces of its own: none takes another's turn. */
type PacedKind = "reset-password" | "magic-link" | "registration" | "verify-email" | "confirm-email-change";

/** A mail that somebody asks for who need not own the mailbox. */
export interface PacedMail {
  readonly kind: PacedKind;
  readonly email: string;
  /** Where the wish comes from: `network 203.0.113.9` or `user 17`. */
  readonly place: string;
  /** Whether an account has proven the address: then others of its mailbox do not slow it. */
  readonly isProven: boolean;
  /** Whether the mailbox's owner has signed in from there: then strangers do not slow it. Default false. */
  readonly isOwners?: boolean;
  /** Whether each place's mail has a link of its own, so that one cannot stand for all. Default false. */
  readonly differsByPlace?: boolean;
}

/** The lane that a mail has yet to ask for its turn, by keys that give no address away. */
interface LaneAhead {
  readonly lane: string;
  /** When the place's newest mail in the lane has its turn. */
  readonly placeInLane: string;
  /** Of the mail that waits in the lane for the address. */
  readonly waiting: string;
  /** The digest of the place. */
  readonly askedFrom: string;
}

/** A mail that has its turn later. */
export interface LaterMail {
  readonly delaySeconds: number;
  /** Of the mails with one key, one waits. */
  readonly key: string;
  /** Where the place's turn comes first. */
  readonly laneAhead?: LaneAhead | undefined;
}

interface Sending {
  /** Sends the mail. */
  readonly send: () => Promise<void>;
  /** Leaves it to a job; where one with the key waits, it serves both. */
  readonly sendLater: (mail: LaterMail) => Promise<unknown>;
}

/**
 * Sends a mail when it has its turn: at once, as nearly always, or later. Nothing is refused or left out: a mail that waits
 * for the same address may serve it. The paces are locked, so that of any number at once, on any number of servers, one goes
 * first.
 */
export async function sendInTurn(
  deps: LimitDeps,
  trx: DatabaseTransaction,
  mail: PacedMail,
  { send, sendLater }: Sending,
): Promise<void> {
  const { limits, clock } = deps;
  const now = clock.now();
  const keys = keysOf(limits, mail);
  const place = await lockPace(trx, keys.place, now);
  const waitsAt = await findTurn(trx, keys.waitingHere);
  const lane = mail.isOwners ? undefined : await readLane(trx, keys.ahead, { now, isShared: keys.isShared });
  const waitsInLaneAt = mail.isOwners ? await findTurn(trx, keys.ahead.waiting) : undefined;
  const turn = nextTurn({ place, waitsAt, lane, waitsInLaneAt }, limits.settings, now);
  if (turn.place !== undefined) await putPace(trx, keys.place, turn.place);
  if (turn.lane !== undefined) await putPace(trx, keys.ahead.lane, turn.lane);
  if (turn.dueAt <= now) return await send();
  const laneAhead = keys.isShared && lane !== undefined && turn.waitsIn === "place" ? keys.ahead : undefined;
  const key = turn.waitsIn === "lane" ? keys.ahead.waiting : keys.waitingHere;
  await noteTurn(trx, turn, { key, ahead: keys.ahead });
  await sendLater({ key, delaySeconds: secondsBetween(now, turn.dueAt), laneAhead });
}

async function readLane(
  trx: DatabaseTransaction,
  ahead: LaneAhead,
  { now, isShared }: { readonly now: Date; readonly isShared: boolean },
): Promise<LaneState> {
  const pace = await lockPace(trx, ahead.lane, now);
  const waitsAt = await findTurn(trx, ahead.waiting);
  return { pace, isShared, waitsAt, placeIsInUntil: await findTurn(trx, ahead.placeInLane) };
}

async function noteTurn(
  trx: DatabaseTransaction,
  { dueAt, isJoined, waitsIn }: Turn,
  { key, ahead }: { readonly key: string; readonly ahead: LaneAhead },
): Promise<void> {
  const { askedFrom } = ahead;
  if (isJoined) return await joinTurn(trx, { key, askedFrom });
  await putTurn(trx, { key, dueAt, askedFrom });
  if (waitsIn === "lane") await putTurn(trx, { key: ahead.placeInLane, dueAt });
}

type WaitDeps = LimitDeps & { readonly db: Database; readonly clock: Clock };

/** A mail whose job runs: what it was put off with. */
type WaitingMail = Pick<LaterMail, "key" | "laneAhead">;

/**
 * Puts a mail off that a job took before its turn: the database's clock need not be this machine's, and after its place's
 * turn a mail may have to wait for one in a shared lane. Returns `false` if it is to be sent now.
 */
export async function waitFurther(
  deps: WaitDeps,
  { key, laneAhead }: WaitingMail,
  wait: (trx: DatabaseTransaction, mail: LaterMail) => Promise<unknown>,
): Promise<boolean> {
  const { db, clock, limits } = deps;
  const now = clock.now();
  return await inTransaction(db, async (trx) => {
    const dueAt = (await findTurn(trx, key)) ?? now;
    if (dueAt > now) {
      await wait(trx, { key, laneAhead, delaySeconds: secondsBetween(now, dueAt) });
      return true;
    }
    if (laneAhead === undefined) return false;
    const turn = turnAfterWait(await readLane(trx, laneAhead, { now, isShared: true }), limits.settings, now);
    if (turn.lane !== undefined) await putPace(trx, laneAhead.lane, turn.lane);
    if (turn.dueAt <= now) return false;
    const isInLane = turn.waitsIn === "lane";
    const next = isInLane ? laneAhead.waiting : key;
    await noteTurn(trx, turn, { key: next, ahead: laneAhead });
    const delaySeconds = secondsBetween(now, turn.dueAt);
    await wait(trx, { key: next, laneAhead: isInLane ? undefined : laneAhead, delaySeconds });
    return true;
  });
}

function secondsBetween(earlier: Date, later: Date): number {
  return Math.max(0, Math.ceil((later.getTime() - earlier.getTime()) / 1000));
}

type Placed = Pick<PacedMail, "kind" | "email" | "place" | "isProven">;

/** Lets the mails from one place begin anew, once somebody there has shown that the mailbox is theirs. */
export async function restartPace({ limits }: LimitDeps, trx: DatabaseTransaction, placed: Placed): Promise<void> {
  await dropPace(trx, keysOf(limits, placed).place);
}

/** A caller who is not signed in, as a place. */
export function networkPlace({ limits }: Pick<LimitDeps, "limits">, ip: string): string {
  return `network ${limits.networkOf(ip)}`;
}

function keysOf(limits: LimitDeps["limits"], mail: Placed & Pick<PacedMail, "differsByPlace">) {
  const { kind, email, place, differsByPlace = false } = mail;
  const { name, isShared } = laneOf(mail);
  const address = canonicalEmail(email);
  const key = (use: string, what: string) => limits.keyOf(`mail.${kind}.${use}`, what);
  const ahead: LaneAhead = {
    lane: key("lane", name),
    placeInLane: key("in-lane", `${name} ${place}`),
    waiting: key("waiting", `${address} ${differsByPlace ? place : "anybody"}`),
    askedFrom: limits.keyOf("mail.place", place),
  };
  return {
    place: key("place", `${name} ${place}`),
    waitingHere: key("waiting-here", `${address} ${place}`),
    // A link of each place's own cannot stand for another's, even at one address.
    isShared: isShared || differsByPlace,
    ahead,
  };
}
