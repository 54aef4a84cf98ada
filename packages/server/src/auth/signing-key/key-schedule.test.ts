import { expect, test } from "vitest";
import { addSeconds } from "../../clock.ts";
import { activeIndex, type KeyTimes, keyStateAt, retirementSeconds } from "./key-schedule.ts";

const start = new Date("2030-01-01T00:00:00Z");
const at = (seconds: number) => addSeconds(start, seconds);
const key = (activatesAtSeconds: number): KeyTimes => ({ publishedAt: start, activatesAt: at(activatesAtSeconds) });

const keys = [key(0), key(1000), key(20_000)];
const statesAt = (now: Date) => keys.map((_key, index) => keyStateAt(keys, index, now));

test("a key is next until it signs, active until the next one does, and retired until its tokens have expired", () => {
  expect(statesAt(at(0))).toEqual(["active", "next", "next"]);
  expect(statesAt(at(999.999))).toEqual(["active", "next", "next"]);
  expect(statesAt(at(1000))).toEqual(["retired", "active", "next"]);
  expect(statesAt(at(999.999 + retirementSeconds))).toEqual(["retired", "active", "next"]);
  expect(statesAt(at(1000 + retirementSeconds))).toEqual(["spent", "active", "next"]);
  expect(statesAt(at(1_000_000))).toEqual(["spent", "spent", "active"]);
});

test("a key is retired for longer than the longest token lives and than the key set is kept", () => {
  expect(retirementSeconds).toBeGreaterThan(3600 + 300);
});

test("when the clock is behind the first key, the first key signs", () => {
  expect(activeIndex(keys, at(-5))).toBe(0);
  expect(statesAt(at(-5))).toEqual(["active", "next", "next"]);
});

test("when two keys begin together, one signs", () => {
  const twins = [key(0), key(0)];
  expect(twins.map((_key, index) => keyStateAt(twins, index, at(1)))).toEqual(["retired", "active"]);
});
