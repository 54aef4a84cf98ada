import { expect, test } from "vitest";
import { defaultHashConcurrency } from "./default-concurrency.ts";

test("hashes leave a core to the event loop where there are two, and are few where there are many", () => {
  expect([1, 2, 3, 4, 64].map(defaultHashConcurrency)).toEqual([1, 1, 2, 3, 4]);
});
