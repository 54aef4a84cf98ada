import { addSeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";

/** The state of a pace: of a lane, or of one place in it. */
export interface Pace {
  /** Mails since it began, those that wait for their turn among them. */
  readonly sent: number;
  /** When the next one has its turn. */
  readonly nextAt: Date;
  /** When it begins anew. */
  readonly expiresAt: Date;
}

/** How mails follow one another. */
export type PaceSettings = Pick<
  Config["limits"],
  "mailsPerAddressPerDay" | "mailSpacingSeconds" | "mailMaxSpacingSeconds"
>;

/** In seconds. */
const day = 24 * 60 * 60;

/** Each pause is so many times the one before it: a minute, 4, 16, then an hour and an hour again by default. */
const growth = 4;

/** A pace that nothing is known of, or that was quiet for so long that it begins anew. */
export function newPace(now: Date): Pace {
  return { sent: 0, nextAt: now, expiresAt: addSeconds(now, day) };
}

/** A lane as it is when a mail asks for its turn in it. */
export interface LaneState {
  readonly pace: Pace;
  /** Whether addresses share it that may be several accounts'; the mail of one cannot stand for another's. */
  readonly isShared: boolean;
  /** When the mail has its turn that waits in the lane for the address, if one does. */
  readonly waitsAt?: Date | undefined;
  /** When the newest mail has its turn that the place has in a shared lane. */
  readonly placeIsInUntil?: Date | undefined;
}

/** What decides the turn of a mail. */
export interface TurnState {
  readonly place: Pace;
  /** When the mail has its turn that waits for the address and the place, if one does. */
  readonly waitsAt?: Date | undefined;
  /** None where the owner is known to be: the place alone decides there. */
  readonly lane?: LaneState | undefined;
  /** The same for the mail that waits in the lane, where the place alone decides. */
  readonly waitsInLaneAt?: Date | undefined;
}

/** When a mail has its turn, and which paces change. */
export interface Turn {
  readonly dueAt: Date;
  /** What it waits for: its place's turn, or the lane's, where one mail stands for all places. */
  readonly waitsIn: "place" | "lane";
  /** Whether a mail waits that serves it too. No pace changes then. */
  readonly isJoined: boolean;
  readonly place?: Pace;
  readonly lane?: Pace;
}

/**
 * The turn of a mail. From one place the first goes at once and further ones ever later; places are many, so a lane lets
 * only some go like that in a day, and the rest one at a time.
 *
 * In a lane of one address a mail is at most `mailMaxSpacingSeconds` away, whatever was asked for before: one mail waits for
 * each place, and one for all of them once the lane is crowded, and a pause begins with the turn of a mail that
 * is due within such a time. In a shared lane a place has one mail at a time, so that it slows others by one turn.
 */
export function nextTurn({ place, waitsAt, lane, waitsInLaneAt }: TurnState, settings: PaceSettings, now: Date): Turn {
  if (isAhead(waitsAt, now)) return { dueAt: waitsAt, waitsIn: "place", isJoined: true };
  const placeDueAt = latest(now, place.nextAt);
  if (lane === undefined && isAhead(waitsInLaneAt, now) && waitsInLaneAt < placeDueAt) return joined(waitsInLaneAt);
  if (lane === undefined) return { ...inPlace(placeDueAt), place: placeAfter(place, placeDueAt, settings) };
  if (lane.isShared) {
    const dueAt = latest(placeDueAt, lane.placeIsInUntil ?? now);
    if (dueAt > now) return { ...inPlace(dueAt), place: placeAfter(place, dueAt, settings) };
  }
  const turn = turnInLane(lane, { settings, now, notBefore: placeDueAt });
  return turn.isJoined ? turn : { ...turn, place: placeAfter(place, turn.dueAt, settings) };
}

/** The turn of a mail that waited for its place's turn before it asked the shared lane for one. */
export function turnAfterWait(lane: LaneState, settings: PaceSettings, now: Date): Turn {
  const { placeIsInUntil } = lane;
  if (isAhead(placeIsInUntil, now)) return inPlace(placeIsInUntil);
  return turnInLane(lane, { settings, now, notBefore: now });
}

interface Asked {
  readonly settings: PaceSettings;
  readonly now: Date;
  readonly notBefore: Date;
}

function turnInLane({ pace, waitsAt }: LaneState, { settings, now, notBefore }: Asked): Turn {
  const { mailsPerAddressPerDay: max, mailMaxSpacingSeconds } = settings;
  const isCrowded = max > 0 && pace.sent >= max;
  // One can wait in a lane that began anew since.
  const isSooner = isAhead(waitsAt, now) && (isCrowded || waitsAt <= notBefore);
  if (isSooner) return joined(waitsAt);
  const dueAt = isCrowded ? latest(notBefore, pace.nextAt) : notBefore;
  const nextAt = addSeconds(isCrowded ? dueAt : now, mailMaxSpacingSeconds);
  const lane = { ...pace, sent: pace.sent + 1, nextAt };
  return { dueAt, waitsIn: isCrowded ? "lane" : "place", isJoined: false, lane };
}

function joined(dueAt: Date): Turn {
  return { dueAt, waitsIn: "lane", isJoined: true };
}

function inPlace(dueAt: Date): Turn {
  return { dueAt, waitsIn: "place", isJoined: false };
}

function placeAfter(place: Pace, dueAt: Date, settings: PaceSettings): Pace {
  const sent = place.sent + 1;
  return { sent, nextAt: addSeconds(dueAt, pauseAfter(sent, settings)), expiresAt: addSeconds(dueAt, day) };
}

function pauseAfter(sent: number, { mailSpacingSeconds, mailMaxSpacingSeconds }: PaceSettings): number {
  return Math.min(mailSpacingSeconds * growth ** (sent - 1), mailMaxSpacingSeconds);
}

function isAhead(moment: Date | undefined, now: Date): moment is Date {
  return moment !== undefined && moment > now;
}

function latest(...moments: readonly Date[]): Date {
  return new Date(Math.max(...moments.map((moment) => moment.getTime())));
}
