import { expect, test } from "vitest";
import { hashesAtOnce } from "./default-concurrency.ts";

test("hashes leave a core to the event loop where there are two, and are few where there are many", () => {
  expect([1, 2, 3, 4, 64].map(hashesAtOnce)).toEqual([1, 1, 2, 3, 4]);
});
