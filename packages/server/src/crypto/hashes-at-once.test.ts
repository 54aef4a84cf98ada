import { expect, test } from "vitest";
import { defaultHashConcurrency } from "./default-concurrency.ts";

test("hashing leaves one core to the event loop on two cores or more, and uses few of many cores", () => {
  expect([1, 2, 3, 4, 64].map(defaultHashConcurrency)).toEqual([1, 1, 2, 3, 4]);
});
