import { expect, test } from "vitest";
import { AttemptsInFlight } from "./attempts-in-flight.ts";

test("whoever waits at a key has room when one who was there makes it, and none when all of them fail", async () => {
  const attempts = new AttemptsInFlight();
  const [right, wrong] = [attempts.start(["ada"]), attempts.start(["ada"])];
  const first = attempts.waitForRoom("ada");
  right.finish(["ada"]);
  expect(await first).toBe(true);
  const second = attempts.waitForRoom("ada");
  wrong.finish([]);
  expect(await second).toBe(false);
});

test("nobody waits where nobody is, nor for who came later", async () => {
  const attempts = new AttemptsInFlight();
  expect(await attempts.waitForRoom("ada")).toBe(false);
  const wrong = attempts.start(["ada"]);
  const room = attempts.waitForRoom("ada");
  attempts.start(["ada"]);
  wrong.finish([]);
  expect(await room).toBe(false);
});

test("room that was made during a attempt is known to it, also when it had no time to wait for it", () => {
  const attempts = new AttemptsInFlight();
  const [right, attempt] = [attempts.start(["ada", "here"]), attempts.start(["ada", "here"])];
  right.finish(["ada"]);
  expect([attempt.wasFreed("ada"), attempt.wasFreed("here")]).toEqual([true, false]);
});

test("at one key no more wait than 32", async () => {
  const attempts = new AttemptsInFlight();
  const attempt = attempts.start(["ada", "grace"]);
  const waiting = Array.from({ length: 32 }, () => attempts.waitForRoom("ada"));
  expect(await attempts.waitForRoom("ada")).toBe(false);
  const elsewhere = attempts.waitForRoom("grace");
  attempt.finish(["ada", "grace"]);
  expect(await Promise.all([...waiting, elsewhere])).toEqual(Array.from({ length: 33 }, () => true));
});
