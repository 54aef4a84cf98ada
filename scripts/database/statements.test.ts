import fc from "fast-check";
import { expect, test } from "vitest";
import { splitStatements } from "./statements.ts";

test("statements end at semicolons, and text after the last one waits for more", () => {
  expect(splitStatements("select 1; select\n 2;; sel")).toEqual({
    statements: ["select 1", "select\n 2"],
    rest: "sel",
  });
});

test.each([
  ["a quotation", "select 'a;b''c;'"],
  ["a quoted name", 'select 1 as "a;""b;"'],
  ["a dollar quotation", "do $$ begin perform 1; end $$"],
  ["a dollar quotation with a tag", "do $x$ begin perform '$$;'; end $x$"],
  ["a comment", "select /* a; b */ 1"],
  ["a comment to the end of a line", "select 1 -- a; b\n, 2"],
])("a semicolon in %s does not end a statement", (_where, statement) => {
  expect(splitStatements(`${statement};select 2`)).toEqual({ statements: [statement], rest: "select 2" });
});

test.each(["select 'a;", 'select "a;', "do $$ begin;", "do $x$ begin $$;", "select /* a;"])(
  "%s continues on the next line",
  (begun) => {
    expect(splitStatements(begun)).toEqual({ statements: [], rest: begun });
  },
);

test("no typed text is lost", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", ";", "'", '"', "$", "-", "/", "*", "\n") }), (text) => {
      const { statements, rest } = splitStatements(text);
      const letters = (some: string) => some.replaceAll(/[;\s]/g, "");
      expect(letters(statements.join("") + rest)).toBe(letters(text));
    }),
  );
});
