import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addSeconds } from "../../clock.ts";
import {
  currentState,
  laneOf,
  rescheduleMail,
  type Schedule,
  scheduleMail,
  type ThrottleState,
} from "./throttle-rule.ts";

const hour = 60 * 60;
const day = 24 * hour;
const settings = { mailsPerAddressPerDay: 10, mailSpacingSeconds: 60, mailMaxSpacingSeconds: hour };
const start = new Date("2026-01-01T00:00:00Z");
const secondsSinceStart = (moment: Date) => (moment.getTime() - start.getTime()) / 1000;

/** Somebody asks for a mail, so many seconds after the start. */
interface Ask {
  readonly at: number;
  readonly email: string;
  readonly place: number;
  readonly isProven?: boolean;
  /** Whether the place is one of the owner's. */
  readonly isOwners?: boolean;
}

/** A mail that waits, and those whom it serves. */
interface Waiting {
  readonly dueAt: Date;
  readonly ask: Ask;
  readonly isInLane: boolean;
  readonly serves: readonly number[];
}

/** What a mail goes by. */
interface Keys {
  readonly lane: string;
  readonly place: string;
  readonly placeInLane: string;
  readonly waitingHere: string;
  readonly waiting: string;
  readonly isShared: boolean;
}

/** A mailbox and its mails of one kind; it keeps in memory what `throttle.ts` keeps in the database. */
class Mailbox {
  readonly sentAt: number[] = [];
  /** When each ask was served, by its index. */
  readonly servedAt: number[] = [];
  readonly #throttles = new Map<string, ThrottleState>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #dueAt = new Map<string, Date>();
  readonly #differsByPlace: boolean;

  constructor({ differsByPlace = false } = {}) {
    this.#differsByPlace = differsByPlace;
  }

  play(asks: readonly Ask[]): this {
    for (const [index, ask] of asks.entries()) {
      this.#runJobs(addSeconds(start, ask.at));
      this.#ask(ask, index);
    }
    this.#runJobs(addSeconds(start, 10_000 * day));
    return this;
  }

  #runJobs(until: Date): void {
    for (;;) {
      const [next] = [...this.#waiting].toSorted(([, one], [, other]) => Number(one.dueAt) - Number(other.dueAt));
      if (next === undefined || next[1].dueAt > until) return;
      this.#waiting.delete(next[0]);
      this.#run(next[1]);
    }
  }

  #run({ dueAt: now, ask, isInLane, serves }: Waiting): void {
    const keys = this.#keysOf(ask);
    if (isInLane || !keys.isShared || ask.isOwners) this.#send(now, serves);
    else this.#apply(rescheduleMail(this.#laneState(keys, now), settings, now), ask, { now, serves });
  }

  #ask(ask: Ask, index: number): void {
    const now = addSeconds(start, ask.at);
    const keys = this.#keysOf(ask);
    const waitsAt = this.#dueAt.get(keys.waitingHere);
    const lane = ask.isOwners ? undefined : this.#laneState(keys, now);
    const waitsInLaneAt = ask.isOwners ? this.#dueAt.get(keys.waiting) : undefined;
    const schedule = scheduleMail(
      { place: this.#throttle(keys.place, now), waitsAt, lane, waitsInLaneAt },
      settings,
      now,
    );
    this.#apply(schedule, ask, { now, serves: [index] });
  }

  #apply(
    schedule: Schedule,
    ask: Ask,
    { now, serves }: { readonly now: Date; readonly serves: readonly number[] },
  ): void {
    const keys = this.#keysOf(ask);
    if (schedule.place !== undefined) this.#throttles.set(keys.place, schedule.place);
    if (schedule.lane !== undefined) this.#throttles.set(keys.lane, schedule.lane);
    if (schedule.dueAt <= now) this.#send(now, serves);
    else this.#wait(schedule, ask, serves);
  }

  #wait(schedule: Schedule, ask: Ask, serves: readonly number[]): void {
    const keys = this.#keysOf(ask);
    const isInLane = schedule.waitsIn === "lane";
    const key = isInLane ? keys.waiting : keys.waitingHere;
    this.#dueAt.set(key, schedule.dueAt);
    if (isInLane && !schedule.isCoalesced) this.#dueAt.set(keys.placeInLane, schedule.dueAt);
    const others = this.#waiting.get(key)?.serves ?? [];
    this.#waiting.set(key, { dueAt: schedule.dueAt, ask, isInLane, serves: [...others, ...serves] });
  }

  #send(now: Date, serves: readonly number[]): void {
    this.sentAt.push(secondsSinceStart(now));
    for (const index of serves) this.servedAt[index] = secondsSinceStart(now);
  }

  #laneState(keys: Keys, now: Date) {
    return {
      throttle: this.#throttle(keys.lane, now),
      isShared: keys.isShared,
      waitsAt: this.#dueAt.get(keys.waiting),
      placeIsInUntil: this.#dueAt.get(keys.placeInLane),
    };
  }

  #throttle(key: string, now: Date): ThrottleState {
    return currentState(this.#throttles.get(key), now);
  }

  #keysOf({ email, place, isProven = false }: Ask): Keys {
    const { name, isShared } = laneOf({ email, isProven });
    return {
      lane: name,
      place: `${name} ${place}`,
      placeInLane: `${name} ${place} in lane`,
      waitingHere: `${email} ${place}`,
      waiting: `${email} ${this.#differsByPlace ? `${place} in lane` : "anybody"}`,
      isShared: isShared || this.#differsByPlace,
    };
  }
}

const plain = "victim@example.com";
const times = <T>(count: number, value: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => value(index));

/** The most mails of the list within any 24 hours. */
function mostInADay(sentAt: readonly number[]): number {
  return Math.max(0, ...sentAt.map((from) => sentAt.filter((at) => at >= from && at < from + day).length));
}

describe("the turns of mails to one address", () => {
  test("pauses for one network grow up to an hour", () => {
    const { sentAt } = new Mailbox().play(times(6 * hour, (at) => ({ at, email: plain, place: 1 })));
    expect(sentAt.slice(0, 7)).toEqual([0, 60, 300, 1260, 4860, 8460, 12_060]);
  });

  test("a network that was quiet for a day starts again without a pause", () => {
    const at = 25 * hour + 300;
    const asks = [0, 0, 60, at, at].map((moment) => ({ at: moment, email: plain, place: 1 }));
    expect(new Mailbox().play(asks).sentAt).toEqual([0, 60, 300, at, at + 60]);
  });

  test("ten new networks are served at once, and all further ones get one mail an hour later", () => {
    const asks = times(30, (place) => ({ at: 0, email: plain, place }));
    expect(new Mailbox().play(asks).sentAt).toEqual([...Array(10).fill(0), hour]);
  });

  test("requests of strangers elsewhere do not delay a network where the owner has signed in", () => {
    const strangers = times(30, (place) => ({ at: 0, email: plain, place }));
    const owner = { at: 1, email: plain, place: 99, isOwners: true };
    expect(new Mailbox().play([...strangers, owner]).servedAt.at(-1)).toBe(1);
  });
});

describe("the turns of mails around the end of a count", () => {
  test("the mails that wait keep their pace, and no further ones go between them", () => {
    const tagged = (from: number, at: number) =>
      times(60, (index) => ({ at, email: `victim+${from + index}@example.com`, place: from + index }));
    const { sentAt } = new Mailbox().play([...tagged(0, 0), ...tagged(100, day)]);
    expect(mostInADay(sentAt)).toBeLessThanOrEqual(44);
    expect(sentAt).toHaveLength(120);
  });

  test("a mail that waits for its place beyond the end counts before the end", () => {
    const ask = (at: number, place: number) => ({ at, email: plain, place });
    const slow = times(4, (place) => [0, 1, 2, 3].map((repeat) => ask(day - 8 + 2 * repeat, place))).flat();
    const flood = times(300, (index) => ask(day + 3600 + 300 * index, 1000 + index));
    const asks = [ask(0, 900), ...slow, ask(day, 901), ...times(9, (place) => ask(day + 3600, 910 + place)), ...flood];
    const late = times(10, (place) => ask(2 * day, 2000 + place));
    expect(mostInADay(new Mailbox().play(inOrder([...asks, ...late])).sentAt)).toBeLessThanOrEqual(44);
  });
});

/** Strangers who ask for a mailbox's mails over three days, under any tags, from any places, the owner's among them. */
function strangersOf(mailbox: string): fc.Arbitrary<readonly Ask[]> {
  const [local, domain] = mailbox.split("@");
  const email = fc.oneof(
    fc.constant(mailbox),
    fc.integer({ min: 0, max: 60 }).map((tag) => `${local}+${tag}@${domain}`),
  );
  const at = fc.integer({ min: 0, max: 3 * day });
  const single = fc.record({ at, email, place: fc.integer({ min: 0, max: 40 }) }).map((ask) => [ask]);
  const burst = fc
    .record({ at, email, place: fc.integer({ min: 0, max: 40 }), count: fc.integer({ min: 2, max: 40 }) })
    .chain(({ count, ...ask }) =>
      fc.constantFrom(
        times(count, (tag) => ({ ...ask, email: `${local}+${tag}@${domain}` })),
        times(count, (place) => ({ ...ask, place })),
        times(count, (step) => ({ ...ask, at: ask.at + step * 600 })),
      ),
    );
  return fc.array(fc.oneof(single, burst), { maxLength: 30 }).map((lists) => lists.flat());
}

const inOrder = (asks: readonly Ask[]) => asks.toSorted((one, other) => one.at - other.at);

/** Each kind of mail, and the addresses of owners whose wait is bounded. */
const owners = [
  ["a reset or a magic link to a plain address", plain, true],
  ["a reset or a magic link to a proven address with a tag", "victim+shop@example.com", true],
  ["a reset or a magic link to a proven address at Gmail, with a dot", "vic.tim@gmail.com", true],
  ["a registration, or the proof of its address", plain, false],
] as const;

describe.each(owners)("%s", (_name, email, isProven) => {
  const mailbox = email.replace("+shop", "");
  const history = fc.record({
    strangers: strangersOf(mailbox),
    owner: fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 2 * day }),
        place: fc.integer({ min: 30, max: 45 }),
        isOwners: isProven ? fc.boolean() : fc.constant(false),
      }),
      { maxLength: 10 },
    ),
  });
  interface History {
    readonly strangers: readonly Ask[];
    readonly owner: readonly Pick<Ask, "at" | "place" | "isOwners">[];
  }
  const asksOf = ({ strangers, owner }: History): readonly Ask[] =>
    inOrder([
      ...strangers.map((ask) => ({ ...ask, isProven: isProven && ask.email === email })),
      ...owner.map((ask) => ({ ...ask, email, isProven })),
    ]);

  test("arrives within the longest pause, whatever strangers ask for, under any tags and from any networks", () => {
    fc.assert(
      fc.property(history, (given) => {
        const asks = asksOf(given);
        const { servedAt } = new Mailbox().play(asks);
        for (const [index, ask] of asks.entries()) {
          if (ask.email === email) expect((servedAt[index] ?? Infinity) - ask.at).toBeLessThanOrEqual(hour);
        }
      }),
    );
  });

  test("the mailbox gets a bounded number of mails a day, for the address and all its tags together", () => {
    fc.assert(
      fc.property(history, (given) => {
        const asks = asksOf(given);
        const lanes = Map.groupBy(asks, (ask) => laneOf({ isProven: false, ...ask }).name);
        expect(lanes.size).toBeLessThanOrEqual(3);
        for (const inLane of lanes.values()) {
          const strangers = inLane.filter((ask) => !ask.isOwners);
          expect(mostInADay(new Mailbox().play(strangers).sentAt)).toBeLessThanOrEqual(2 * 10 + 24);
        }
      }),
    );
  });
});

describe("lanes that several accounts share", () => {
  /** The longest wait of somebody who asks once, from a place of their own, in hours. */
  function waitAmong(strangers: readonly Ask[], { at, email }: Pick<Ask, "at" | "email">, differsByPlace = false) {
    const asks = inOrder([...strangers, { at, email, place: 999 }]);
    const { servedAt } = new Mailbox({ differsByPlace }).play(asks);
    return ((servedAt[asks.findIndex((ask) => ask.place === 999)] ?? Infinity) - at) / hour;
  }

  test.each([
    ["a tag that nobody has proven", "victim+shop@example.com", false],
    ["a change of address", plain, true],
  ])("%s waits an hour for each network that asks, and one hour more", (_name, email, differsByPlace) => {
    const strangers = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: day }),
        place: fc.integer({ min: 0, max: 4 }),
        email: differsByPlace
          ? fc.constant(plain)
          : fc.integer({ min: 0, max: 99 }).map((tag) => `victim+${tag}@example.com`),
      }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(strangers, fc.integer({ min: 0, max: day }), (asks, at) => {
        const places = new Set(asks.map(({ place }) => place)).size;
        expect(waitAmong(asks, { at, email }, differsByPlace)).toBeLessThanOrEqual(places + 1);
      }),
    );
  });

  test("get a bounded number of mails a day, for any tags and from any networks", () => {
    fc.assert(
      fc.property(strangersOf("victim@example.com"), (asks) => {
        const tagged = inOrder(asks.filter(({ email }) => email.includes("+")));
        expect(mostInADay(new Mailbox().play(tagged).sentAt)).toBeLessThanOrEqual(2 * 10 + 24);
      }),
    );
  });

  test("every requested mail is sent in the end", () => {
    fc.assert(
      fc.property(strangersOf("victim@gmail.com"), (given) => {
        const asks = inOrder(given);
        const { servedAt } = new Mailbox().play(asks);
        for (const [index, { at }] of asks.entries()) expect(servedAt[index]).toBeGreaterThanOrEqual(at);
      }),
    );
  });
});
