import fc from "fast-check";
import superjson, { SuperJSON } from "superjson";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { pageOf } from "../../schema/page.ts";
import { userSchema } from "../../user/schema.ts";
import { sampleArbitrary, sharedInstances } from "./arbitrary-sample.ts";
import { serialize } from "./serialize.ts";

/** An instance of its own, since tests watch the one that `serialize` falls back on. */
const original = new SuperJSON();
const runs = { numRuns: 2_000 };

/** Returns the text that is sent over the wire, or the error. */
function textOf(value: unknown, how: (value: unknown) => unknown): unknown {
  try {
    return JSON.stringify(how(value));
  } catch (error) {
    return error;
  }
}

function expectSuperjsonsText(value: unknown): void {
  expect(textOf(value, serialize)).toStrictEqual(textOf(value, (same) => original.serialize(same)));
}

function watchFallback() {
  return vi.spyOn(superjson, "serialize");
}

test("values that schemas allow are written as superjson writes them", () => {
  fc.assert(
    fc.property(sampleArbitrary, ({ schema, value }) => expectSuperjsonsText(schema.parse(value))),
    runs,
  );
});

test("most values that schemas allow are written without superjson's walk", () => {
  using fallback = watchFallback();
  fc.assert(
    fc.property(sampleArbitrary, ({ schema, value }) => {
      // The value is in a list, since `serialize` leaves a date or undefined at the root to superjson.
      textOf([schema.parse(value)], serialize);
    }),
    runs,
  );
  expect(fallback.mock.calls.length).toBeLessThan(runs.numRuns / 2);
});

test("any value is written as superjson writes it", () => {
  const anything = fc.anything({
    key: fc.oneof(fc.string(), fc.constantFrom("0", "1", "10", "a.b", "\\", "", "__proto__", "constructor")),
    values: [
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.date(),
      fc.constantFrom(undefined, null, -0, 1n, Symbol.iterator, Math.max, /a/, new URL("https://a.b"), new Error("x")),
      fc.constantFrom(...sharedInstances),
    ],
    withBoxedValues: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  fc.assert(fc.property(anything, expectSuperjsonsText), runs);
});

const user = {
  id: "0b0f3b0e-8f5e-4a43-9f0e-6f2d6c1f2a11",
  email: "ada@example.com",
  emailVerified: true,
  phone: null,
  phoneVerified: false,
  isAnonymous: false,
  username: "ada",
  givenName: 'Ada "A" Løvelace',
  familyName: null,
  birthDate: null,
  locale: "en",
  timeZone: null,
  publicMetadata: { theme: "dark" },
  avatarUrl: null,
  status: "active",
  roles: ["admin"],
};

test("a page of users is written without superjson's walk", () => {
  using fallback = watchFallback();
  const items = Array.from({ length: 100 }, () => ({ ...user, createdAt: new Date(0), updatedAt: new Date(0) }));
  const page = pageOf(userSchema).parse({ items, nextCursor: null });
  expectSuperjsonsText(page);
  expect(serialize(page).meta).toMatchObject({ values: { "items.99.updatedAt": ["Date"] }, v: 1 });
  expect(fallback).not.toHaveBeenCalled();
});

test.each<[kind: string, value: unknown]>([
  ["plain JSON", { a: [1, "b", null, true, {}, []] }],
  ["keys with dots and backslashes", { "a.b": new Date(0), "a\\": { "": undefined }, "": { "": new Date(1) } }],
  ["undefined", { a: undefined, b: [undefined, 1] }],
  ["bigints", [1n, { a: -2n }]],
  [
    "a Map",
    {
      map: new Map<unknown, unknown>([
        ["at", new Date(0)],
        [2n, { id: undefined }],
      ]),
    },
  ],
  ["a Set in a Map", [new Map([[1, new Set([new Date(0), new Date(1)])]])]],
  ["dates in arrays", { at: [new Date(0), new Date(1)], days: [[new Date(2)]] }],
  ["dates in an array after notes further inside", { before: { at: [new Date(0)] }, days: [new Date(1)] }],
  ["a Set after notes further inside", { a: { at: new Date(0) }, days: new Set([new Date(1), new Date(2)]) }],
  ["equal dates that are two", { a: new Date(0), b: new Date(0) }],
  ["an array with a note on each element", [{ at: new Date(0) }, { at: new Date(1) }]],
])("%s: written as superjson does, without its walk, and read back", (_kind, value) => {
  using fallback = watchFallback();
  expectSuperjsonsText(value);
  expect(fallback).not.toHaveBeenCalled();
  expect(superjson.parse(JSON.stringify(serialize(value)))).toStrictEqual(value);
});

class SelfWriting extends Array<unknown> {
  toJSON() {
    return "mine";
  }
}

const date = new Date(0);
const circular: Record<string, unknown> = {};
circular["self"] = { circular };

test.each<[kind: string, value: unknown]>([
  ["a date alone", date],
  ["undefined alone", undefined],
  ["one date in two places", { a: date, b: [date] }],
  ["one object in two places", [circular, circular]],
  ["a circle", circular],
  ["the same bigint twice", [5n, 5n]],
  ["not a number", [Number.NaN]],
  ["infinity", [Number.POSITIVE_INFINITY]],
  ["negative infinity", [Number.NEGATIVE_INFINITY]],
  ["negative zero", [-0]],
  ["an invalid date", [new Date(Number.NaN)]],
  ["instances of classes", { url: new URL("https://a.b/"), error: new Error("x"), pattern: /a/g }],
  ["a match, an array with names", [/(?<a>.)/.exec("x")]],
  ["an array that ends in holes", [new Array(3)]],
  ["an array with a hole and a name", [Object.assign(new Array(1), { name: new Date(0) })]],
  ["an array of a class that writes itself", [new SelfWriting()]],
  ["an object that writes itself", { toJSON: () => "mine" }],
  ["an element with a note after one with notes inside", { list: [{ at: new Date(0) }, new Date(1)] }],
  ["a key that is a number after one with notes inside", { ids: { 5: { at: new Date(0) }, 7: new Date(1) } }],
])("%s: written by superjson", (_kind, value) => {
  using fallback = watchFallback();
  expectSuperjsonsText(value);
  expect(fallback).toHaveBeenCalled();
});

test.each(["__proto__", "constructor", "prototype"])("the key %s is refused as superjson refuses it", (key) => {
  const value = { inside: JSON.parse(`{ ${JSON.stringify(key)}: "x" }`) };
  expect(() => serialize(value)).toThrow(`Detected property ${key}`);
});

test("writing does not change the value", () => {
  const value = Object.freeze({ at: new Date(0), list: Object.freeze([1n, undefined]) });
  serialize(value);
  expect(value).toStrictEqual({ at: new Date(0), list: [1n, undefined] });
});

test("a schema that gives one default object to two places is written as superjson writes it", () => {
  const shared = { since: new Date(0) };
  const part = z.object({ since: z.date() }).default(() => shared);
  expectSuperjsonsText(z.object({ a: part, b: part }).parse({}));
});
