import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { type ChangeFeedListener, ChangeTracker } from "./change-tracker.ts";

const session = "7d0c9f0e-5d0a-4c0e-9a3c-0f6f5c1d2e3b";
const memorySeconds = 900;
/** As long as a change may take to be known at the most, in milliseconds. */
const maxSilenceMillis = 1000;

/** A tracker whose feed and clock are moved by hand, and the database that the feed would ask. */
class Bench {
  millis = 0;
  readonly log = pino({ level: "silent" });
  listener: ChangeFeedListener | undefined;
  /** When the session changed first. */
  changedAt = Number.POSITIVE_INFINITY;
  readonly heard: (readonly string[] | "all")[] = [];
  #changes: number[] = [];
  #asked: { readonly seconds: number; readonly answer: PromiseWithResolvers<readonly string[]> }[] = [];
  readonly tracker = new ChangeTracker({
    memorySeconds,
    monotonicMillis: () => this.millis,
    log: this.log,
    onChange: (sessionIds) => this.heard.push(sessionIds),
    openFeed: (listener) => {
      this.listener = listener;
      return { read: (seconds) => this.#ask(seconds), close: async () => undefined };
    },
  });

  get isStale(): boolean {
    return this.tracker.isStale(session, this.tracker.monotonicNow());
  }

  change(): void {
    this.#changes.push(this.millis);
    this.changedAt = Math.min(this.changedAt, this.millis);
  }

  /** The notification of a change arrives, if there was one. */
  notify(): void {
    if (this.changedAt <= this.millis) this.listener?.onNotification(session);
  }

  wait(millis: number): void {
    this.millis += millis;
  }

  /** The oldest question is answered with what the database knows now, or fails. */
  async answer(isGood = true): Promise<void> {
    const oldest = this.#asked.shift();
    if (oldest === undefined) return;
    const isKnown = this.#changes.some((at) => at > this.millis - oldest.seconds * 1000);
    if (isGood) oldest.answer.resolve(isKnown ? [session] : []);
    else oldest.answer.reject(new Error("The connection broke"));
    await new Promise(setImmediate);
  }

  async poll(): Promise<void> {
    const polled = this.tracker.poll();
    await this.answer();
    await polled;
  }

  #ask(seconds: number): Promise<readonly string[]> {
    const answer = Promise.withResolvers<readonly string[]>();
    this.#asked.push({ seconds, answer });
    return answer.promise;
  }
}

describe("a change tracker", () => {
  test("reads everything from the database until its first poll was answered", async () => {
    const bench = new Bench();
    expect(bench.isStale).toBe(true);
    await bench.poll();
    expect(bench.isStale).toBe(false);
  });

  test("reads a session from the database after a notification or a noted change", async () => {
    for (const tell of ["notify", "note"]) {
      const bench = new Bench();
      await bench.poll();
      if (tell === "note") bench.tracker.markChanged([session]);
      else bench.listener?.onNotification(session);
      expect(bench.isStale).toBe(true);
    }
  });

  test("sees with its next poll a change that nobody notified", async () => {
    const bench = new Bench();
    await bench.poll();
    bench.change();
    expect(bench.isStale).toBe(false);
    await bench.poll();
    expect(bench.isStale).toBe(true);
  });

  test("reads everything from the database when it has heard nothing for a second", async () => {
    const bench = new Bench();
    await bench.poll();
    bench.millis = maxSilenceMillis;
    expect(bench.isStale).toBe(false);
    bench.millis += 1;
    expect(bench.isStale).toBe(true);
  });

  test("trusts an answer from the moment of the question, not of the answer", async () => {
    const bench = new Bench();
    const polled = bench.tracker.poll();
    bench.millis = maxSilenceMillis + 1;
    await bench.answer();
    await polled;
    expect(bench.isStale).toBe(true);
  });

  test("does not trust an answer that came over a connection lost meanwhile", async () => {
    const bench = new Bench();
    const polled = bench.tracker.poll();
    bench.listener?.onLost();
    await bench.answer();
    await polled;
    expect(bench.isStale).toBe(true);
  });

  test("asks after a loss for all changes, as long as anything is remembered", async () => {
    const bench = new Bench();
    await bench.poll();
    bench.change();
    bench.listener?.onLost();
    bench.millis += memorySeconds * 1000;
    await bench.poll();
    expect(bench.isStale).toBe(true);
  });

  test("reads everything from the database after a failed poll, until one succeeds", async () => {
    const bench = new Bench();
    await bench.poll();
    const polled = bench.tracker.poll();
    await bench.answer(false);
    await polled;
    expect(bench.isStale).toBe(true);
    await bench.poll();
    expect(bench.isStale).toBe(false);
  });

  test("reads again what was read longer ago than changes are remembered, however long its token lives", async () => {
    const bench = new Bench();
    await bench.poll();
    const readAt = bench.tracker.monotonicNow();
    bench.tracker.markChanged([session]);
    while (bench.millis < 3 * memorySeconds * 1000) {
      bench.wait(maxSilenceMillis);
      await bench.poll();
      expect(bench.tracker.isStale(session, readAt)).toBe(true);
    }
    expect(bench.isStale).toBe(false);
  });

  test("never answers from memory for a session that changed more than a second ago, whatever is lost", async () => {
    const moves: Readonly<Record<string, (bench: Bench) => Promise<void> | void>> = {
      poll: (bench) => void bench.tracker.poll(),
      answer: (bench) => bench.answer(),
      fail: (bench) => bench.answer(false),
      lose: (bench) => bench.listener?.onLost(),
      change: (bench) => bench.change(),
      notify: (bench) => bench.notify(),
      wait: (bench) => bench.wait(300),
      "wait long": (bench) => bench.wait(maxSilenceMillis + 1),
    };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...Object.values(moves)), { maxLength: 60 }), async (steps) => {
        const bench = new Bench();
        for (const step of steps) {
          await step(bench);
          expect(bench.isStale || bench.millis - bench.changedAt <= maxSilenceMillis).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("reports each change to its listeners, and after a lost connection that some may be missing", async () => {
  const bench = new Bench();
  await bench.poll();
  bench.heard.length = 0;
  bench.change();
  bench.notify();
  expect(bench.heard).toEqual([[session]]);
  bench.listener?.onLost();
  bench.heard.length = 0;
  await bench.poll();
  expect(bench.heard).toContainEqual("all");
  bench.heard.length = 0;
  await bench.poll();
  expect(bench.heard).not.toContainEqual("all");
});
