import fc from "fast-check";
import { expect, test } from "vitest";
import { readQuery } from "./query.ts";

const names = ["batch", "input", "connectionParams"] as const;

const pieces = fc.constantFrom(
  ...[
    "batch",
    "input",
    "connectionParams",
    "b%61tch",
    "inp%75t",
    "=",
    "=1",
    "&",
    "+",
    "%",
    "%2",
    "%20",
    "%2B",
    "%FF",
    "%C3%A9",
    "é",
    "?",
    "#",
    "a",
  ],
);

test("a query string is parsed as URLSearchParams does", () => {
  fc.assert(
    fc.property(fc.array(pieces), fc.constantFrom("", "?"), (parts, mark) => {
      const search = `${mark}${parts.join("")}`;
      const expected = new URLSearchParams(search);
      expect(readQuery(search)).toEqual(Object.fromEntries(names.map((name) => [name, expected.get(name)])));
    }),
    { numRuns: 5000 },
  );
});
