import fc from "fast-check";
import { expect, test } from "vitest";
import { addSeconds } from "../../clock.ts";
import { newPace, nextTurn, type Pace } from "./turn.ts";

const hour = 60 * 60;
const settings = { mailsPerAddressPerDay: 10, mailSpacingSeconds: 60, mailMaxSpacingSeconds: hour };
const start = new Date("2026-01-01T00:00:00Z");

/** The mails, in seconds after the start, that come of being asked for at these moments from these places. */
function mailsOf(asked: readonly { readonly at: number; readonly place: number }[]): readonly number[] {
  const places = new Map<number, Pace>();
  let mailbox: Pace = newPace(start);
  const mails: number[] = [];
  for (const { at, place } of asked) {
    const now = addSeconds(start, at);
    const live = (pace: Pace | undefined) => (pace === undefined || pace.expiresAt <= now ? newPace(now) : pace);
    const turn = nextTurn({ place: live(places.get(place)), mailbox: live(mailbox) }, settings, now);
    places.set(place, turn.place);
    mailbox = turn.mailbox ?? mailbox;
    mails.push((turn.dueAt.getTime() - start.getTime()) / 1000);
  }
  return mails;
}

test("from one place the pauses grow to an hour", () => {
  const asked = Array.from({ length: 7 }, () => ({ at: 0, place: 1 }));
  expect(mailsOf(asked)).toEqual([0, 60, 300, 1260, 4860, 8460, 12_060]);
});

test("a place that was quiet for a day begins anew", () => {
  const last = 25 * hour + 1260;
  expect(mailsOf([...Array.from({ length: 4 }, () => ({ at: 0, place: 1 })), { at: last, place: 1 }]).at(-1)).toBe(
    last,
  );
});

test("from ten new places mails go at once, and each further one an hour after the one before", () => {
  const asked = Array.from({ length: 13 }, (_, place) => ({ at: 0, place }));
  expect(mailsOf(asked)).toEqual([...Array(10).fill(0), hour, 2 * hour, 3 * hour]);
});

test("whatever is asked for within a day, no more than ten and one an hour are due in it", () => {
  const wish = fc.record({ at: fc.integer({ min: 0, max: 24 * hour - 1 }), place: fc.integer({ min: 0, max: 50 }) });
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 300 }), (wishes) => {
      const asked = wishes.toSorted((one, other) => one.at - other.at);
      const mails = mailsOf(asked);
      expect(mails.filter((at) => at < 24 * hour).length).toBeLessThanOrEqual(10 + 24);
      for (const [index, { at }] of asked.entries()) expect(mails[index]).toBeGreaterThanOrEqual(at);
    }),
  );
});

test("where the owner has signed in, the mailbox's pace does not matter", () => {
  expect(nextTurn({ place: newPace(start), mailbox: undefined }, settings, start).dueAt).toEqual(start);
});
