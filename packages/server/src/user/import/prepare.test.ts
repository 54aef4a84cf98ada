import { expect, test } from "vitest";
import { prepareBatches } from "./prepare.ts";
import type { ImportRecord } from "./record.ts";

const surroundings: Parameters<typeof prepareBatches>[1] = {
  now: () => new Date(0),
  newId: () => "00000000-0000-4000-8000-000000000000",
  roles: new Set<string>(),
  identifiers: ["email"],
};

test("records may come in batches of any size", async () => {
  const toRecord = (_: unknown, index: number): ImportRecord => ({
    line: index + 1,
    content: { fault: "Is not UTF-8" },
    nextByte: index + 1,
    nextLine: index + 2,
  });
  async function* allAtOnce() {
    yield Array.from({ length: 200_500 }, toRecord);
  }
  const sizes: number[] = [];
  for await (const { refusals } of prepareBatches(allAtOnce(), surroundings)) sizes.push(refusals.length);
  expect(sizes).toEqual([...Array.from({ length: 200 }, () => 1000), 500]);
});
