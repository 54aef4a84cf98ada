import fc from "fast-check";
import { fastify } from "fastify";
import { expect, test } from "vitest";
import { z } from "zod";
import { timestampSchema } from "../../schema/timestamp.ts";
import { responseSchema } from "./response-schema.ts";

const output = z.object({
  text: z.string(),
  id: z.uuid(),
  number: z.number(),
  flag: z.boolean(),
  at: timestampSchema,
  maybe: z.string().nullable(),
  maybeAt: timestampSchema.nullable(),
  absent: z.string().optional(),
  maybeAbsent: z.string().nullable().optional(),
  kind: z.enum(["a", "b"]),
  status: z.literal("done"),
  version: z.literal(1),
  list: z.array(z.object({ name: z.string(), tags: z.array(z.string()).readonly() })),
  maybeInside: z.object({ at: timestampSchema }).nullable(),
  either: z.union([z.string(), z.number(), z.null()]),
  named: z.record(z.string(), z.string().nullable()),
  more: z.looseObject({ known: z.boolean() }),
});

type Output = z.output<typeof output>;

const text = fc.string({
  unit: fc.oneof(fc.constantFrom(...'"\\\n\u0000\u2028é🔑'), fc.constant("\ud800"), fc.string()),
});
const moment = fc.date({ noInvalidDate: true });
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });

const outputs: fc.Arbitrary<Output> = fc.record(
  {
    text,
    id: fc.uuid(),
    number: fc.double({ noNaN: true, noDefaultInfinity: true }),
    flag: fc.boolean(),
    at: moment,
    maybe: orNull(text),
    maybeAt: orNull(moment),
    absent: fc.option(text, { nil: undefined }),
    maybeAbsent: orNull(text),
    kind: fc.constantFrom("a" as const, "b" as const),
    status: fc.constant("done" as const),
    version: fc.constant(1 as const),
    list: fc.array(fc.record({ name: text, tags: fc.array(text) }), { maxLength: 3 }),
    maybeInside: orNull(fc.record({ at: moment })),
    either: fc.oneof(text, fc.integer(), fc.constant(null)),
    named: fc.dictionary(fc.string(), orNull(text)),
    more: fc.record({ known: fc.boolean(), unknown: fc.jsonValue() }),
  },
  { noNullPrototype: true },
);

test("an answer is what JSON.stringify makes of it, whatever its schema says", async () => {
  await using app = fastify();
  let sent: unknown;
  const schema = responseSchema({ output, successStatus: 200 });
  app.get("/", { schema: { response: { 200: schema } } }, async () => sent);
  await fc.assert(
    fc.asyncProperty(outputs, async (value) => {
      sent = value;
      const { body } = await app.inject("/");
      expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 1000 },
  );
});

test("an answer that is no plain object has no schema", () => {
  for (const other of [z.union([z.object({}), z.object({ a: z.string() })]), z.looseObject({}), z.string()]) {
    expect(responseSchema({ output: other, successStatus: 200 })).toBeUndefined();
  }
  expect(responseSchema({ output: z.void(), successStatus: 204 })).toBeUndefined();
});
