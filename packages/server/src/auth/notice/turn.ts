import { addSeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";

/** What is known of a pace: of one kind of mail to a mailbox, altogether or from one place. */
export interface Pace {
  /** Mails since it began; those that wait for their turn are among them. */
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

/** When a mail has its turn, and what becomes of the paces if it is sent. */
export interface Turn {
  readonly dueAt: Date;
  /** Whether the mailbox has had what goes to it as strangers ask for it, and the rest is spaced for all of them together. */
  readonly isCrowded: boolean;
  readonly place: Pace;
  readonly mailbox: Pace | undefined;
}

/**
 * The turn of the next mail. From one place the first goes at once and the next ones ever later, so that nobody is slowed by
 * others. Places are many, so a mailbox gets only so many in this way within a day; then one at a time, for all places
 * together. Without a mailbox, the place alone decides: it is the owner's.
 */
export function nextTurn({ place, mailbox }: Pick<Turn, "place" | "mailbox">, settings: PaceSettings, now: Date): Turn {
  const { mailsPerAddressPerDay: max, mailMaxSpacingSeconds } = settings;
  const isCrowded = mailbox !== undefined && max > 0 && mailbox.sent >= max;
  const dueAt = latest(now, place.nextAt, ...(isCrowded ? [mailbox.nextAt] : []));
  const sent = place.sent + 1;
  return {
    dueAt,
    isCrowded,
    place: { sent, nextAt: addSeconds(dueAt, pauseAfter(sent, settings)), expiresAt: addSeconds(dueAt, day) },
    mailbox: mailbox && { ...mailbox, sent: mailbox.sent + 1, nextAt: addSeconds(dueAt, mailMaxSpacingSeconds) },
  };
}

function pauseAfter(sent: number, { mailSpacingSeconds, mailMaxSpacingSeconds }: PaceSettings): number {
  return Math.min(mailSpacingSeconds * growth ** (sent - 1), mailMaxSpacingSeconds);
}

function latest(...moments: readonly Date[]): Date {
  return new Date(Math.max(...moments.map((moment) => moment.getTime())));
}
