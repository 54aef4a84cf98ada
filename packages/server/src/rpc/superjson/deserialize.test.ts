import fc from "fast-check";
import { SuperJSON } from "superjson";
import { describe, expect, test } from "vitest";
import { maxInputDepth, maxInputValues, UnreadableInputError } from "../input-bounds.ts";
import { deserialize } from "./deserialize.ts";

/** Superjson with nothing registered. */
const original = new SuperJSON();
const runs = { numRuns: 2_000 };

/** Reads an input as it is sent over the wire. */
function read(text: string): unknown {
  return deserialize(JSON.parse(text));
}

/** Returns the value, or "refused" for an `UnreadableInputError`; any other error fails the test. */
function outcomeOf(text: string): { readonly value: unknown } | "refused" {
  try {
    return { value: read(text) };
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableInputError);
    return "refused";
  }
}

/**
 * Node 26.10 reads the key "\n" of {"\\":1,"\n":2} as a backslash, and others with an escape likewise: V8 compares the text with
 * the key that followed in an earlier object. Only the keys of this list have an escape, as these are read rightly.
 */
const someKeys = ["a", "b", "0", "1", "7", "10", "01", "a.b", "a\\.b", "\\", ".", "", "meta", "json", "é"];
const reserved = ["__proto__", "constructor", "prototype"];
const hasEscape = (key: string) => JSON.stringify(key).length !== key.length + 2;
const anyKey = fc.string().filter((key) => !hasEscape(key));
const keys = fc.oneof(fc.constantFrom(...someKeys), anyKey).filter((key) => !reserved.includes(key));
const leaves = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  fc.constantFrom(null, true, false, undefined),
  fc.date({ noInvalidDate: true }),
  fc.bigInt({ min: -(10n ** 99n), max: 10n ** 99n }),
);
const { input } = fc.letrec<{ input: unknown }>((tie) => ({
  input: fc.oneof(
    { depthSize: "medium" },
    leaves,
    fc.array(tie("input"), { maxLength: 4 }),
    fc.dictionary(keys, tie("input"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe("what clients send", () => {
  test("is read as superjson reads it", () => {
    fc.assert(
      fc.property(input, (value) => {
        // Superjson annotates a bigint that occurs twice; inputs are sent without that annotation.
        const { json, meta } = original.serialize(value);
        const values = meta?.values;
        const text = JSON.stringify(values === undefined ? { json } : { json, meta: { values, v: 1 } });
        expect(read(text)).toStrictEqual(original.parse(text));
        expect(read(text)).toStrictEqual(value);
      }),
      runs,
    );
  });

  test("and variants of it are read as superjson reads them, or refused with a reason", () => {
    const paths = fc.oneof(fc.constantFrom("a", "a.b", "a.0", "0", "0.1", "a\\.b", "", "a\\\\"), fc.string());
    const kinds = fc.constantFrom("Date", "bigint", "undefined", "set", "map", "regexp", "number", "Error", "x");
    const annotations = fc.oneof(
      fc.dictionary(paths, fc.oneof({ weight: 4, arbitrary: fc.tuple(kinds) }, fc.jsonValue())),
      fc.tuple(kinds),
      fc.jsonValue(),
    );
    const texts = fc.constantFrom("2026-01-01T00:00:00.000Z", "2026-01-01", "12", "-7", "", "x", "1e3", "0x1");
    const json = fc.oneof(
      fc.dictionary(fc.constantFrom("a", "b", "a.b", "a\\"), fc.oneof(texts, fc.array(texts), fc.constant(null))),
      fc.jsonValue(),
    );
    const meta = fc.record({ values: annotations, v: fc.constantFrom(1, 0, 2) }, { requiredKeys: [] });
    fc.assert(
      fc.property(json, meta, (document, notes) => {
        const text = JSON.stringify({ json: document, meta: notes });
        const outcome = outcomeOf(text);
        if (outcome !== "refused") expect(outcome.value).toStrictEqual(original.parse(text));
      }),
      runs,
    );
  });

  test.each<[what: string, text: string, expected: unknown]>([
    ["nothing", "{}", undefined],
    ["nothing, as superjson writes it", '{"json":null,"meta":{"values":["undefined"],"v":1}}', undefined],
    ["null", '{"json":null}', null],
    ["a date alone", '{"json":"2026-01-01T00:00:00.000Z","meta":{"values":["Date"],"v":1}}', new Date("2026-01-01")],
    [
      "a date with an offset",
      '{"json":["2026-01-01T02:00+02:00"],"meta":{"values":{"0":["Date"]}}}',
      [new Date("2026-01-01")],
    ],
    ["a bigint", '{"json":{"a":"-12"},"meta":{"values":{"a":["bigint"]}}}', { a: -12n }],
    [
      "a key with a dot",
      '{"json":{"a.b":null},"meta":{"values":{"a\\\\.b":["undefined"]},"v":1}}',
      { "a.b": undefined },
    ],
    ["the key constructor", '{"json":{"constructor":"Acme"}}', { constructor: "Acme" }],
    ["as deep as it may be", `{"json":${"[".repeat(maxInputDepth)}${"]".repeat(maxInputDepth)}}`, expect.any(Array)],
  ])("%s is read", (_what, text, expected) => {
    expect(read(text)).toEqual(expected);
  });
});

describe("what no input accepts", () => {
  test.each<[what: string, text: string, message: RegExp]>([
    ["something else than an envelope", "[]", /object with the input in "json"/],
    ["another member", '{"json":1,"extra":1}', /no "extra"/],
    ["another member of meta", '{"json":1,"meta":{"extra":1}}', /no "extra"/],
    ["meta of no form", '{"json":1,"meta":7}', /"meta"/],
    ["values of no form", '{"json":1,"meta":{"values":7}}', /"values"/],
    ["another version", '{"json":1,"meta":{"v":2}}', /must be 1/],
    [
      "equal references",
      '{"json":{"a":{},"b":{}},"meta":{"referentialEqualities":{"a":["b"]}}}',
      /send an object in two places twice/,
    ],
    ["equal references to the root", '{"json":{"a":{}},"meta":{"referentialEqualities":[["a"]]}}', /twice/],
    ["a Set", '{"json":{"a":[]},"meta":{"values":{"a":["set"]}}}', /no "set" at "a".*only Date, bigint, undefined/],
    ["a Map with notes inside", '{"json":{"a":[]},"meta":{"values":{"a":["map",{"0.1":["Date"]}]}}}', /no "map"/],
    ["a Set alone", '{"json":[],"meta":{"values":["set"]}}', /no "set":/],
    ["a regular expression", '{"json":"/(a+)+$/","meta":{"values":["regexp"]}}', /no "regexp"/],
    ["an error", '{"json":{},"meta":{"values":["Error"]}}', /no "Error"/],
    ["a class", '{"json":{"a":{}},"meta":{"values":{"a":[["class","Date"]]}}}', /such an annotation/],
    ["notes in each other", '{"json":{"a":{"b":""}},"meta":{"values":{"a":{"b":["Date"]}}}}', /such an annotation/],
    ["a date that is none", '{"json":{"a":"soon"},"meta":{"values":{"a":["Date"]}}}', /Date at "a".*ISO 8601/],
    ["a date of no calendar", '{"json":["2026-13-01T00:00:00Z"],"meta":{"values":{"0":["Date"]}}}', /ISO 8601/],
    ["a bigint that is none", '{"json":["1e3"],"meta":{"values":{"0":["bigint"]}}}', /bigint at "0"/],
    ["a bigint of 101 digits", `{"json":["${"9".repeat(101)}"],"meta":{"values":{"0":["bigint"]}}}`, /100 digits/],
    ["undefined that is something", '{"json":{"a":1},"meta":{"values":{"a":["undefined"]}}}', /stands null/],
    ["a note on nothing", '{"json":{"a":1},"meta":{"values":{"b":["Date"]}}}', /nothing at "b"/],
    ["a note inside a text", '{"json":{"a":"x"},"meta":{"values":{"a.0":["Date"]}}}', /nothing at "a.0"/],
    ["a note beyond an array", '{"json":["x"],"meta":{"values":{"1":["Date"]}}}', /nothing at "1"/],
    ["a note on an array's length", '{"json":["x"],"meta":{"values":{"length":["Date"]}}}', /nothing at "length"/],
    [
      "a note inside a date",
      '{"json":["2026-01-01T00:00Z"],"meta":{"values":{"0":["Date"],"0.a":["Date"]}}}',
      /nothing/,
    ],
    ["an inherited key", '{"json":{},"meta":{"values":{"toString":["undefined"]}}}', /nothing at "toString"/],
    ["a path into the prototype", '{"json":{},"meta":{"values":{"__proto__.a":["undefined"]}}}', /nothing/],
    ["a backslash before nothing", '{"json":{},"meta":{"values":{"a\\\\b":["Date"]},"v":1}}', /path/],
    ["a backslash without a version", '{"json":{"a.b":null},"meta":{"values":{"a\\\\.b":["undefined"]}}}', /"v": 1/],
    ["the key __proto__", '{"json":{"a":[{"__proto__":null}]}}', /__proto__/],
    ["a prototype of the constructor", '{"json":{"constructor":{"prototype":1}}}', /constructor/],
    ["an input too deep", `{"json":${"[".repeat(65)}${"]".repeat(65)}}`, /64 levels/],
    ["an input far too deep", `{"json":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`, /64 levels/],
    ["a path too deep", `{"json":{},"meta":{"values":{"${"a.".repeat(30_000)}":["Date"]}}}`, /nothing at "a\.a\./],
  ])("%s is refused with a message that says what to send", (_what, text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(UnreadableInputError);
  });

  test("more values than an input may have, with or without annotations", () => {
    const annotated = (count: number) => {
      const json = Array.from({ length: count }, () => null);
      const values = Object.fromEntries(json.map((_null, index) => [index, ["undefined"]]));
      return JSON.stringify({ json, meta: { values, v: 1 } });
    };
    expect(read(annotated(maxInputValues - 1))).toEqual(Array.from({ length: maxInputValues - 1 }));
    expect(() => read(annotated(maxInputValues))).toThrow(/more than 10000 values/);
    expect(() => read(JSON.stringify({ json: Array(maxInputValues).fill({}) }))).toThrow(/more than 10000 values/);
  });

  test("messages quote only the beginning of the input", () => {
    const kind = "k".repeat(50_000);
    const text = JSON.stringify({ json: { [kind]: "" }, meta: { values: { [kind]: [kind] } } });
    expect(() => read(text)).toThrow(/^.{1,400}$/s);
  });
});
