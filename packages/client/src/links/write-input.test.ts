import superjson from "superjson";
import { expect, test } from "vitest";
import { writeInput } from "./write-input.ts";

const shared = { at: new Date(1) };

test.each<[what: string, input: unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["a text", "x"],
  ["a date", new Date(0)],
  ["a bigint", 12n],
  ["an object", { a: 1, b: [true, null, "x"], c: {} }],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 })],
  ["dates, bigints and undefined", { at: new Date(0), list: [1n, undefined, { at: new Date(1) }] }],
  [
    "keys with dots and backslashes",
    { "a.b": new Date(0), "a\\": { "": undefined, ".": 1n }, "": { "": new Date(1) } },
  ],
  ["a key without characters", { "": undefined }],
  ["an object in two places", { a: shared, b: shared }],
])("%s is read back by superjson as it was", (_what, input) => {
  const text = JSON.stringify(writeInput(input));
  expect(superjson.parse(text)).toEqual(input);
  expect(text).not.toContain("referentialEqualities");
});

class Money {
  readonly amount = 1;
}
const circle: Record<string, unknown> = {};
circle["inside"] = { circle };

test.each<[what: string, input: unknown, message: string]>([
  ["a Map", { a: { b: new Map() } }, 'an instance of Map at "a.b"'],
  ["a Set", [new Set()], 'an instance of Set at "0"'],
  ["a regular expression", { a: /a/ }, 'an instance of RegExp at "a"'],
  ["an error", { a: new Error("x") }, 'an instance of Error at "a"'],
  ["an address", new URL("https://example.com"), "an instance of URL:"],
  ["bytes", { a: new Uint8Array(1) }, 'an instance of Uint8Array at "a"'],
  ["a class of the app's", { price: new Money() }, 'an instance of Money at "price"'],
  ["a symbol", { a: Symbol.iterator }, 'a symbol at "a"'],
  ["a function", { a: () => 1 }, 'a function at "a"'],
  ["not a number", { a: [Number.NaN] }, 'a number that is not finite at "a.0"'],
  ["a date that is none", { a: new Date(Number.NaN) }, 'a date that is none at "a"'],
  ["a circle", circle, "more than 64 levels of objects, or a circle at"],
  ["the key __proto__", JSON.parse('{"a":{"__proto__":1}}'), 'the key __proto__ at "a.__proto__"'],
  ["the key constructor", { constructor: 1 }, 'the key constructor at "constructor"'],
])("%s is refused with its place", (_what, input, message) => {
  expect(() => writeInput(input)).toThrow(message);
  expect(() => writeInput(input)).toThrow(TypeError);
});
