import type { Clock } from "../../clock.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import type { LimitDeps } from "../../limits/consume.ts";
import { canonicalEmail } from "../../user/canonical.ts";
import {
  currentState,
  type LaneState,
  laneOf,
  rescheduleMail,
  type Schedule,
  type ScheduleInput,
  scheduleMail,
  type ThrottleState,
} from "./throttle-rule.ts";
import {
  deleteThrottle,
  findDueTimes,
  lockThrottles,
  putDueAt,
  putThrottles,
  recordRequester,
} from "./throttle-store.ts";

/** What a mail is for. Kinds are throttled apart: none delays another. */
type ThrottledKind = "reset-password" | "magic-link" | "registration" | "verify-email" | "confirm-email-change";

/** A mail that anybody may ask for, whether or not they own the mailbox. */
export interface ThrottledMail {
  readonly kind: ThrottledKind;
  readonly email: string;
  /** Where the request comes from: `network 203.0.113.9` or `user 17`. */
  readonly place: string;
  /** Whether an account has proven the address: then other spellings of its mailbox do not delay it. */
  readonly isProven: boolean;
  /** Whether the mailbox's owner has signed in from the place: then strangers do not delay it. Default false. */
  readonly isOwners?: boolean;
  /** Whether each place's mail has a link of its own, so that one mail cannot serve all. Default false. */
  readonly differsByPlace?: boolean;
}

/** Keys of the lane in which a mail is scheduled next. They are digests, which reveal no address. */
interface LaneAhead {
  readonly lane: string;
  /** Holds when the place's newest mail in the lane is due. */
  readonly placeInLane: string;
  /** Holds when the lane's deferred mail to the address is due. */
  readonly waiting: string;
  /** The digest of the place. */
  readonly askedFrom: string;
}

/** A mail that is due later. */
export interface DeferredMail {
  readonly delaySeconds: number;
  /** Mails with the same key are one deferred mail. */
  readonly key: string;
  /** Set while the place delays the mail and a shared lane has yet to schedule it. */
  readonly laneAhead?: LaneAhead | undefined;
}

interface ThrottledSending {
  readonly mail: ThrottledMail;
  /** Sends the mail. */
  readonly send: () => Promise<void>;
  /** Enqueues a job that sends it; a job that waits with the same key serves both. */
  readonly defer: (mail: DeferredMail) => Promise<unknown>;
}

/**
 * Sends a mail as soon as the throttle allows: at once, as nearly always, or later. No request is dropped, but one deferred
 * mail may serve several requests. The states are locked, so requests are scheduled one after another, on however many
 * servers they arrive.
 */
export async function sendThrottled(
  deps: LimitDeps,
  trx: DatabaseTransaction,
  { mail, send, defer }: ThrottledSending,
): Promise<void> {
  const { limits, clock } = deps;
  const now = clock.now();
  const keys = keysOf(limits, mail);
  const { ahead } = keys;
  const locked = await lockThrottles(trx, mail.isOwners ? [keys.place] : [keys.place, ahead.lane], now);
  const due = await findDueTimes(trx, [keys.waitingHere, ahead.waiting, ahead.placeInLane]);
  const schedule = scheduleMail(scheduleInput(mail, keys, { locked, due }), limits.settings, now);
  await putThrottles(trx, changedStates(schedule, { place: keys.place, lane: ahead.lane }));
  if (schedule.dueAt <= now) return await send();
  const laneAhead = keys.isShared && !mail.isOwners && schedule.waitsIn === "place" ? ahead : undefined;
  const key = schedule.waitsIn === "lane" ? ahead.waiting : keys.waitingHere;
  await storeSchedule(trx, schedule, { key, ahead });
  await defer({ key, delaySeconds: secondsBetween(now, schedule.dueAt), laneAhead });
}

/** The keys of the states that decide when the mail is due. */
export function throttleKeys({ limits }: Pick<LimitDeps, "limits">, mail: ThrottledMail): readonly string[] {
  const { place, waitingHere, ahead } = keysOf(limits, mail);
  return [place, ahead.lane, waitingHere, ahead.waiting, ahead.placeInLane];
}

/**
 * Takes a turn for a mail that may go at once by the states that were read, unlocked, for {@link throttleKeys}. Returns the
 * changes to store in the transaction that sends the mail, if each state is still as it was read; `undefined` if the mail has
 * to wait: then call {@link sendThrottled}, as after a state that has changed.
 */
export function takeTurn(
  { limits, clock }: LimitDeps,
  mail: ThrottledMail,
  read: ThrottleStates,
): readonly ThrottleChange[] | undefined {
  const now = clock.now();
  const keys = keysOf(limits, mail);
  const locked = new Map([keys.place, keys.ahead.lane].map((key) => [key, currentState(read.get(key), now)]));
  const due = new Map([...read].map(([key, { nextAt }]) => [key, nextAt]));
  const schedule = scheduleMail(scheduleInput(mail, keys, { locked, due }), limits.settings, now);
  if (schedule.dueAt > now) return undefined;
  const changed = changedStates(schedule, { place: keys.place, lane: keys.ahead.lane });
  return [...changed].map(([key, after]) => ({ key, before: read.get(key), after }));
}

/** A change of a state that must be as it was read; `before` is `undefined` for one that there must not be. */
export interface ThrottleChange {
  readonly key: string;
  readonly before: ThrottleState | undefined;
  readonly after: ThrottleState;
}

function scheduleInput(
  mail: ThrottledMail,
  { place, waitingHere, isShared, ahead }: ReturnType<typeof keysOf>,
  { locked, due }: Omit<LaneRows, "isShared">,
): ScheduleInput {
  const states = { place: lockedState(locked, place), waitsAt: due.get(waitingHere) };
  return mail.isOwners
    ? { ...states, waitsInLaneAt: due.get(ahead.waiting) }
    : { ...states, lane: laneState(ahead, { locked, due, isShared }) };
}

type ThrottleStates = ReadonlyMap<string, ThrottleState>;

function lockedState(locked: ThrottleStates, key: string): ThrottleState {
  const state = locked.get(key);
  if (state === undefined) throw new Error("The state was not locked");
  return state;
}

interface LaneRows {
  readonly locked: ThrottleStates;
  readonly due: ReadonlyMap<string, Date>;
  readonly isShared: boolean;
}

function laneState(ahead: LaneAhead, { locked, due, isShared }: LaneRows): LaneState {
  const [waitsAt, placeIsInUntil] = [due.get(ahead.waiting), due.get(ahead.placeInLane)];
  return { throttle: lockedState(locked, ahead.lane), isShared, waitsAt, placeIsInUntil };
}

/** The states that a schedule changes, by their keys. */
function changedStates(
  schedule: Pick<Schedule, "place" | "lane">,
  keys: { readonly place: string; readonly lane: string },
): ThrottleStates {
  const { place, lane } = schedule;
  return new Map([
    ...(place === undefined ? [] : ([[keys.place, place]] as const)),
    ...(lane === undefined ? [] : ([[keys.lane, lane]] as const)),
  ]);
}

async function storeSchedule(
  trx: DatabaseTransaction,
  { dueAt, isCoalesced, waitsIn }: Schedule,
  { key, ahead }: { readonly key: string; readonly ahead: LaneAhead },
): Promise<void> {
  const { askedFrom } = ahead;
  if (isCoalesced) return await recordRequester(trx, { key, askedFrom });
  await putDueAt(trx, { key, dueAt, askedFrom });
  if (waitsIn === "lane") await putDueAt(trx, { key: ahead.placeInLane, dueAt });
}

type WaitDeps = LimitDeps & { readonly db: Database; readonly clock: Clock };

/** A deferred mail whose job runs, with the values that it was deferred with. */
type WaitingMail = Pick<DeferredMail, "key" | "laneAhead">;

/**
 * Defers a mail again if it is not due yet: the job may have run early by the database's clock, or the mail waited for its
 * place and is now scheduled in a shared lane. Returns `false` if the mail is due.
 */
export async function deferFurther(
  deps: WaitDeps,
  { key, laneAhead }: WaitingMail,
  defer: (trx: DatabaseTransaction, mail: DeferredMail) => Promise<unknown>,
): Promise<boolean> {
  const { db, clock, limits } = deps;
  const now = clock.now();
  return await inTransaction(db, async (trx) => {
    const dueAt = (await findDueTimes(trx, [key])).get(key) ?? now;
    if (dueAt > now) {
      await defer(trx, { key, laneAhead, delaySeconds: secondsBetween(now, dueAt) });
      return true;
    }
    if (laneAhead === undefined) return false;
    const locked = await lockThrottles(trx, [laneAhead.lane], now);
    const due = await findDueTimes(trx, [laneAhead.waiting, laneAhead.placeInLane]);
    const schedule = rescheduleMail(laneState(laneAhead, { locked, due, isShared: true }), limits.settings, now);
    if (schedule.lane !== undefined) await putThrottles(trx, new Map([[laneAhead.lane, schedule.lane]]));
    if (schedule.dueAt <= now) return false;
    const isInLane = schedule.waitsIn === "lane";
    const next = isInLane ? laneAhead.waiting : key;
    await storeSchedule(trx, schedule, { key: next, ahead: laneAhead });
    const delaySeconds = secondsBetween(now, schedule.dueAt);
    await defer(trx, { key: next, laneAhead: isInLane ? undefined : laneAhead, delaySeconds });
    return true;
  });
}

function secondsBetween(earlier: Date, later: Date): number {
  return Math.max(0, Math.ceil((later.getTime() - earlier.getTime()) / 1000));
}

type Placed = Pick<ThrottledMail, "kind" | "email" | "place" | "isProven">;

/** Resets the throttle of a place, once somebody there has proven that the mailbox is theirs. */
export async function resetThrottle({ limits }: LimitDeps, trx: DatabaseTransaction, placed: Placed): Promise<void> {
  await deleteThrottle(trx, keysOf(limits, placed).place);
}

/** The place of a caller who is not signed in. */
export function networkPlace({ limits }: Pick<LimitDeps, "limits">, ip: string): string {
  return `network ${limits.networkOf(ip)}`;
}

function keysOf(limits: LimitDeps["limits"], mail: Placed & Pick<ThrottledMail, "differsByPlace">) {
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
    // Links that differ by place cannot serve each other's requests, even at one address.
    isShared: isShared || differsByPlace,
    ahead,
  };
}
