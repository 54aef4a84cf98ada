import { pino } from "pino";
import { expect, test } from "vitest";
import { type FeedListener, Follower } from "./follower.ts";

const memorySeconds = 60;

/** A follower of a feed that the test tells what to say, with a clock that the test moves. */
function follow() {
  const feed = { changed: [] as string[], isBroken: false, lookedBack: [] as number[] };
  const clock = { millis: 1_000_000 };
  let listener: FeedListener | undefined;
  const follower = new Follower({
    memorySeconds,
    monotonicMillis: () => clock.millis,
    log: pino({ level: "silent" }),
    openFeed: (given) => {
      listener = given;
      return {
        read: async (seconds) => {
          feed.lookedBack.push(seconds);
          if (feed.isBroken) throw new Error("broken");
          return feed.changed;
        },
        close: async () => undefined,
      };
    },
  });
  return { follower, feed, clock, tell: () => listener ?? expect.fail("nobody listens") };
}

test("nothing is relied on before the feed has answered once", async () => {
  const { follower } = follow();
  expect(follower.mustRead("a", follower.moment())).toBe(true);
  await follower.poll();
  expect(follower.mustRead("a", follower.moment())).toBe(false);
});

test("what was notified, noted or read must be read again, and nothing else", async () => {
  const { follower, feed, tell } = follow();
  feed.changed = ["read"];
  await follower.poll();
  tell().onNotification("notified");
  follower.note(["noted"]);
  const must = ["read", "notified", "noted", "other"].filter((id) => follower.mustRead(id, follower.moment()));
  expect(must).toEqual(["read", "notified", "noted"]);
});

test("after a second of silence everything must be read again, until the feed answers", async () => {
  const { follower, clock } = follow();
  await follower.poll();
  clock.millis += 1001;
  expect(follower.mustRead("a", follower.moment())).toBe(true);
  await follower.poll();
  expect(follower.mustRead("a", follower.moment())).toBe(false);
});

test("after a loss everything must be read again, and the next poll looks back as far as anything is remembered", async () => {
  const { follower, feed, tell } = follow();
  await follower.poll();
  await follower.poll();
  tell().onLost();
  expect(follower.mustRead("a", follower.moment())).toBe(true);
  feed.isBroken = true;
  await follower.poll();
  expect(follower.mustRead("a", follower.moment())).toBe(true);
  feed.isBroken = false;
  await follower.poll();
  expect(follower.mustRead("a", follower.moment())).toBe(false);
  expect(feed.lookedBack).toEqual([90, 30, 90, 90]);
});

test("a loss while a poll runs is not mended by its answer", async () => {
  const { follower, tell } = follow();
  const polling = follower.poll();
  tell().onLost();
  await polling;
  expect(follower.mustRead("a", follower.moment())).toBe(true);
});

test("what was read longer ago than changes are remembered must be read again, however long its token lives", async () => {
  const { follower, clock } = follow();
  await follower.poll();
  const readAt = follower.moment();
  follower.note(["ended"]);
  for (let seconds = 0; seconds < 10 * memorySeconds; seconds += 1) {
    clock.millis += 1000;
    await follower.poll();
    expect(follower.mustRead("ended", readAt)).toBe(true);
  }
  expect(follower.mustRead("other", readAt)).toBe(true);
  expect(follower.mustRead("other", follower.moment())).toBe(false);
});
