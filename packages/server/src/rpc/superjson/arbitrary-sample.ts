import fc from "fast-check";
import { z } from "zod";

/** A schema and a value that it accepts. */
export interface Sample {
  readonly schema: z.ZodType;
  readonly value: unknown;
}

/** Only a few, so that one instance often occurs in two places. */
export const sharedInstances = [
  new Date(0),
  new Date("2026-02-28T12:00:00.123Z"),
  { since: new Date(1) },
  ["a", new Date(2)],
  new Map([["at", new Date(3)]]),
  new Set([new Date(4)]),
];

interface Kind {
  readonly schema: z.ZodType;
  readonly values: fc.Arbitrary<unknown>;
}

const someKeys = ["a", "b", "0", "1", "7", "10", "01", "1.5", "a.b", "a\\.b", "\\", ".", "", "meta", "é"];
/** Excludes keys that superjson rejects, and keys that every object inherits. */
const keys = fc
  .oneof(fc.constantFrom(...someKeys), fc.string())
  .filter((key) => key !== "prototype" && !(key in Object.prototype));
const records = { selector: ([key]: [string, unknown]) => key, maxLength: 4 };
const dates = fc.oneof({ weight: 6, arbitrary: fc.date({ noInvalidDate: true }) }, fc.constant(new Date(5)));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));

const leaves = fc.constantFrom<Kind>(
  { schema: z.string(), values: fc.string({ unit: "binary" }) },
  { schema: z.number(), values: finite },
  { schema: z.number(), values: fc.oneof({ weight: 9, arbitrary: fc.integer() }, fc.constant(-0)) },
  { schema: z.boolean(), values: fc.boolean() },
  { schema: z.null(), values: fc.constant(null) },
  { schema: z.undefined(), values: fc.constant(undefined) },
  { schema: z.enum(["on", "off"]), values: fc.constantFrom("on", "off") },
  { schema: z.literal(["x", 1, null]), values: fc.constantFrom("x", 1, null) },
  { schema: z.date(), values: dates },
  { schema: z.date(), values: dates },
  { schema: z.bigint(), values: fc.bigInt() },
  { schema: z.string().transform((text) => new Date(text.length)), values: fc.string() },
  { schema: z.string().transform((text) => new URL(`https://a.b/${text.length}`)), values: fc.string() },
  { schema: z.any(), values: fc.oneof(fc.jsonValue(), fc.constantFrom(...sharedInstances)) },
);

const { kind } = fc.letrec<{ kind: Kind }>((tie) => {
  const inner = tie("kind");
  const several = fc.array(inner, { minLength: 1, maxLength: 3 });
  return {
    kind: fc.oneof(
      { depthSize: "medium" },
      { weight: 5, arbitrary: leaves },
      { weight: 4, arbitrary: fc.uniqueArray(fc.tuple(keys, inner), records).map(objectOf) },
      { weight: 2, arbitrary: inner.map(arrayOf) },
      { weight: 1, arbitrary: inner.map(recordOf) },
      { weight: 1, arbitrary: several.map(tupleOf) },
      { weight: 1, arbitrary: several.map(unionOf) },
      { weight: 1, arbitrary: several.map(discriminatedUnionOf) },
      { weight: 1, arbitrary: inner.map(nullishOf) },
      { weight: 1, arbitrary: fc.tuple(inner, inner).map(mapOf) },
      { weight: 1, arbitrary: inner.map(setOf) },
    ),
  };
});

/**
 * Objects, arrays, records, tuples, unions, Maps and Sets, nested, with values that superjson annotates and values that it does
 * not.
 */
export const sampleArbitrary: fc.Arbitrary<Sample> = kind.chain(({ schema, values }) =>
  values.map((value) => ({ schema, value })),
);

function objectOf(fields: readonly [string, Kind][]): Kind {
  const shape = Object.fromEntries(fields.map(([key, { schema }]) => [key, schema.optional()]));
  const values = Object.fromEntries(fields.map(([key, field]) => [key, field.values]));
  return { schema: z.object(shape), values: fc.record(values, { requiredKeys: [] }) };
}

function arrayOf({ schema, values }: Kind): Kind {
  return { schema: z.array(schema), values: fc.array(values, { maxLength: 4 }) };
}

function recordOf({ schema, values }: Kind): Kind {
  return { schema: z.record(z.string(), schema), values: fc.dictionary(keys, values, { maxKeys: 4 }) };
}

function tupleOf(kinds: readonly Kind[]): Kind {
  const [first, ...rest] = kinds.map(({ schema }) => schema);
  const schema = first === undefined ? z.tuple([]) : z.tuple([first, ...rest]);
  return { schema, values: fc.tuple(...kinds.map(({ values }) => values)) };
}

function unionOf(kinds: readonly Kind[]): Kind {
  return { schema: z.union(kinds.map(({ schema }) => schema)), values: fc.oneof(...kinds.map(({ values }) => values)) };
}

function discriminatedUnionOf(kinds: readonly Kind[]): Kind {
  const options = kinds.map(({ schema }, type) => z.object({ type: z.literal(type), value: schema }));
  const values = kinds.map((inner, type) => fc.record({ type: fc.constant(type), value: inner.values }));
  const [first, ...rest] = options;
  const schema = first === undefined ? z.never() : z.discriminatedUnion("type", [first, ...rest]);
  return { schema, values: fc.oneof(...values) };
}

function nullishOf({ schema, values }: Kind): Kind {
  return { schema: schema.nullish(), values: fc.oneof(values, fc.constantFrom(null, undefined)) };
}

function mapOf([key, value]: [Kind, Kind]): Kind {
  const entries = fc.array(fc.tuple(key.values, value.values), { maxLength: 3 });
  return { schema: z.map(key.schema, value.schema), values: entries.map((all) => new Map(all)) };
}

function setOf({ schema, values }: Kind): Kind {
  return { schema: z.set(schema), values: fc.array(values, { maxLength: 3 }).map((all) => new Set(all)) };
}
