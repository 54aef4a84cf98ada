import { addSeconds } from "../../clock.ts";
import type { LimitSettings } from "../../limits/config.ts";
import { canonicalEmail, countedMailbox, hasTag } from "../../user/canonical.ts";

/** What the throttle remembers of a lane, or of one place's mails in it. */
export interface ThrottleState {
  /** Mails since the count began, deferred ones included. */
  readonly sent: number;
  /** The earliest time of the next mail. */
  readonly nextAt: Date;
  /** When the count begins anew. */
  readonly expiresAt: Date;
}

/** The settings that space mails. */
export type ThrottleSettings = Pick<
  LimitSettings,
  "mailsPerAddressPerDay" | "mailSpacingSeconds" | "mailMaxSpacingSeconds"
>;

/** In seconds. */
const day = 24 * 60 * 60;

/** Each pause is this many times the one before it. By default: 1, 4 and 16 minutes, then an hour each. */
const backoffFactor = 4;

/** The state before the first mail, and after a day without one. */
export function newThrottleState(now: Date): ThrottleState {
  return { sent: 0, nextAt: now, expiresAt: addSeconds(now, day) };
}

/**
 * The state as it counts now. A count that has expired begins anew, but mails that still wait keep their pace: the next turn comes
 * after theirs.
 */
export function currentState(stored: ThrottleState | undefined, now: Date): ThrottleState {
  if (stored === undefined) return newThrottleState(now);
  return stored.expiresAt > now ? stored : { ...newThrottleState(now), nextAt: latest(now, stored.nextAt) };
}

/** A lane at the moment at which a mail is scheduled in it. */
export interface LaneState {
  readonly throttle: ThrottleState;
  /** Whether addresses of several accounts share the lane, so that one mail cannot serve them all. */
  readonly isShared: boolean;
  /** When the lane's deferred mail to the address is due, if there is one. */
  readonly waitsAt?: Date | undefined;
  /** When the place's newest mail in a shared lane is due. */
  readonly placeIsInUntil?: Date | undefined;
}

/** What decides when a mail is due. */
export interface ScheduleInput {
  readonly place: ThrottleState;
  /** When the place's deferred mail to the address is due, if there is one. */
  readonly waitsAt?: Date | undefined;
  /** Undefined for a place of the owner's: only that place's own mails delay the next one. */
  readonly lane?: LaneState | undefined;
  /** For a place of the owner's: when the lane's deferred mail to the address is due, if there is one. */
  readonly waitsInLaneAt?: Date | undefined;
}

/** When a mail is due, and the states to store. */
export interface Schedule {
  readonly dueAt: Date;
  /** What delays it: its place, or the lane, where one mail serves all places. */
  readonly waitsIn: "place" | "lane";
  /** Whether a deferred mail serves this request too; then no state changes. */
  readonly isCoalesced: boolean;
  readonly place?: ThrottleState;
  readonly lane?: ThrottleState;
}

/**
 * Schedules a mail. The first mail that a place asks for goes at once, and each further one after a longer pause. An
 * attacker has many places, so a lane limits how many mails a day are scheduled by their place alone; the lane spaces the
 * rest.
 *
 * In a lane of one address, no mail is due later than `mailMaxSpacingSeconds` from now. Each place has at most one deferred
 * mail there. In a crowded lane, which is past `mailsPerAddressPerDay`, all places share one deferred mail, and the lane's next
 * pause begins when that mail is due. In a shared lane, each place has one deferred mail at a time, so it delays the others by
 * one pause.
 */
export function scheduleMail(
  { place, waitsAt, lane, waitsInLaneAt }: ScheduleInput,
  settings: ThrottleSettings,
  now: Date,
): Schedule {
  if (isAhead(waitsAt, now)) return { dueAt: waitsAt, waitsIn: "place", isCoalesced: true };
  const placeDueAt = latest(now, place.nextAt);
  if (lane === undefined && isAhead(waitsInLaneAt, now) && waitsInLaneAt < placeDueAt) return joined(waitsInLaneAt);
  if (lane === undefined) return { ...inPlace(placeDueAt), place: placeAfter(place, placeDueAt, settings) };
  if (lane.isShared) {
    const dueAt = latest(placeDueAt, lane.placeIsInUntil ?? now);
    if (dueAt > now) return { ...inPlace(dueAt), place: placeAfter(place, dueAt, settings) };
  }
  const schedule = scheduleInLane(lane, { settings, now, notBefore: placeDueAt });
  return schedule.isCoalesced ? schedule : { ...schedule, place: placeAfter(place, schedule.dueAt, settings) };
}

/** Schedules a mail in its shared lane, once the delay of its place is over. */
export function rescheduleMail(lane: LaneState, settings: ThrottleSettings, now: Date): Schedule {
  const { placeIsInUntil } = lane;
  if (isAhead(placeIsInUntil, now)) return inPlace(placeIsInUntil);
  return scheduleInLane(lane, { settings, now, notBefore: now });
}

interface LaneRequest {
  readonly settings: ThrottleSettings;
  readonly now: Date;
  readonly notBefore: Date;
}

function scheduleInLane({ throttle, waitsAt }: LaneState, { settings, now, notBefore }: LaneRequest): Schedule {
  const { mailsPerAddressPerDay: max, mailMaxSpacingSeconds } = settings;
  const isCrowded = max > 0 && throttle.sent >= max;
  // A mail deferred before the count began anew may still wait.
  const isSooner = isAhead(waitsAt, now) && (isCrowded || waitsAt <= notBefore);
  if (isSooner) return joined(waitsAt);
  const dueAt = isCrowded ? latest(notBefore, throttle.nextAt) : notBefore;
  const nextAt = latest(throttle.nextAt, addSeconds(isCrowded ? dueAt : now, mailMaxSpacingSeconds));
  // A mail that waits for its place counts in this count, so the count does not end before it.
  const expiresAt = isCrowded ? throttle.expiresAt : latest(throttle.expiresAt, dueAt);
  const lane = { sent: throttle.sent + 1, nextAt, expiresAt };
  return { dueAt, waitsIn: isCrowded ? "lane" : "place", isCoalesced: false, lane };
}

function joined(dueAt: Date): Schedule {
  return { dueAt, waitsIn: "lane", isCoalesced: true };
}

function inPlace(dueAt: Date): Schedule {
  return { dueAt, waitsIn: "place", isCoalesced: false };
}

function placeAfter(place: ThrottleState, dueAt: Date, settings: ThrottleSettings): ThrottleState {
  const sent = place.sent + 1;
  return { sent, nextAt: addSeconds(dueAt, pauseAfter(sent, settings)), expiresAt: addSeconds(dueAt, day) };
}

function pauseAfter(sent: number, { mailSpacingSeconds, mailMaxSpacingSeconds }: ThrottleSettings): number {
  return Math.min(mailSpacingSeconds * backoffFactor ** (sent - 1), mailMaxSpacingSeconds);
}

function isAhead(moment: Date | undefined, now: Date): moment is Date {
  return moment !== undefined && moment > now;
}

function latest(...moments: readonly Date[]): Date {
  return new Date(Math.max(...moments.map((moment) => moment.getTime())));
}

/** The mails of one kind to a mailbox, or to some of its addresses, that are counted and spaced together. */
interface Lane {
  /** Unique among the lanes of a kind. */
  readonly name: string;
  /** Whether addresses of several accounts may share it. */
  readonly isShared: boolean;
}

/**
 * The lane of an address. Anybody can write a mailbox with any tag, and at Gmail with any dots. Unproven spellings share two
 * lanes: one for addresses with a tag, one for addresses without. A proven address was chosen by the mailbox's owner and has
 * a lane of its own, and so has the plain address. Strangers therefore cannot add lanes, nor delay the owner's mails by
 * other spellings.
 */
export function laneOf({ email, isProven }: { readonly email: string; readonly isProven: boolean }): Lane {
  const mailbox = countedMailbox(email);
  const isTagged = hasTag(email);
  const hasSpellings = isTagged || mailbox.endsWith("@gmail.com");
  if (isProven && hasSpellings) return { name: `${canonicalEmail(email)} proven`, isShared: false };
  return { name: `${mailbox} ${isTagged ? "tagged" : "plain"}`, isShared: hasSpellings };
}
