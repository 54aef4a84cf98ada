import { expect, test } from "vitest";
import { AttemptsInFlight } from "./attempts-in-flight.ts";

test("an attempt that waits at a key may start when a successful attempt frees a place, and not when all fail", async () => {
  const attempts = new AttemptsInFlight();
  const [right, wrong] = [attempts.start(["ada"]), attempts.start(["ada"])];
  const first = attempts.waitForRoom("ada");
  right.finish(["ada"]);
  expect(await first).toBe(true);
  const second = attempts.waitForRoom("ada");
  wrong.finish([]);
  expect(await second).toBe(false);
});

test("an attempt does not wait at a free key, or for attempts that came later", async () => {
  const attempts = new AttemptsInFlight();
  expect(await attempts.waitForRoom("ada")).toBe(false);
  const wrong = attempts.start(["ada"]);
  const room = attempts.waitForRoom("ada");
  attempts.start(["ada"]);
  wrong.finish([]);
  expect(await room).toBe(false);
});

test("an attempt sees a place freed since it arrived, even if it did not wait for it", () => {
  const attempts = new AttemptsInFlight();
  const [right, attempt] = [attempts.start(["ada", "here"]), attempts.start(["ada", "here"])];
  right.finish(["ada"]);
  expect([attempt.wasFreed("ada"), attempt.wasFreed("here")]).toEqual([true, false]);
});

test("at most 32 attempts wait at one key", async () => {
  const attempts = new AttemptsInFlight();
  const attempt = attempts.start(["ada", "grace"]);
  const waiting = Array.from({ length: 32 }, () => attempts.waitForRoom("ada"));
  expect(await attempts.waitForRoom("ada")).toBe(false);
  const elsewhere = attempts.waitForRoom("grace");
  attempt.finish(["ada", "grace"]);
  expect(await Promise.all([...waiting, elsewhere])).toEqual(Array.from({ length: 33 }, () => true));
});
