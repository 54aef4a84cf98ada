import { expect, test } from "vitest";
import { AttemptsInFlight } from "./attempts-in-flight.ts";

test("an attempt that waits at a key may start when a successful attempt frees a place, and not when all fail", async () => {
  const attempts = new AttemptsInFlight();
  const [right, wrong] = [attempts.enter(["ada"]), attempts.enter(["ada"])];
  const first = attempts.waitForRoom("ada");
  right.leave(["ada"]);
  expect(await first).toBe(true);
  const second = attempts.waitForRoom("ada");
  wrong.leave([]);
  expect(await second).toBe(false);
});

test("an attempt does not wait at a free key, or for attempts that came later", async () => {
  const attempts = new AttemptsInFlight();
  expect(await attempts.waitForRoom("ada")).toBe(false);
  const wrong = attempts.enter(["ada"]);
  const room = attempts.waitForRoom("ada");
  attempts.enter(["ada"]);
  wrong.leave([]);
  expect(await room).toBe(false);
});

test("an attempt sees a place freed since it arrived, even if it did not wait for it", () => {
  const attempts = new AttemptsInFlight();
  const [right, visit] = [attempts.enter(["ada", "here"]), attempts.enter(["ada", "here"])];
  right.leave(["ada"]);
  expect([visit.sawRoom("ada"), visit.sawRoom("here")]).toEqual([true, false]);
});

test("at most 32 attempts wait at one key", async () => {
  const attempts = new AttemptsInFlight();
  const visit = attempts.enter(["ada", "grace"]);
  const waiting = Array.from({ length: 32 }, () => attempts.waitForRoom("ada"));
  expect(await attempts.waitForRoom("ada")).toBe(false);
  const elsewhere = attempts.waitForRoom("grace");
  visit.leave(["ada", "grace"]);
  expect(await Promise.all([...waiting, elsewhere])).toEqual(Array.from({ length: 33 }, () => true));
});
