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
  gaps: z.array(z.boolean().optional()),
  numbers: z.array(z.number().nullable()),
  around: z.object({ text: z.string(), anything: z.any() }),
  get children() {
    return z.array(node);
  },
});

const node = z.object({
  name: z.string(),
  get children() {
    return z.array(node);
  },
});

type Output = z.output<typeof output>;

const text = fc.string({
  unit: fc.oneof(fc.constantFrom(...'"\\\n\u0000\u2028é🔑'), fc.constant("\ud800"), fc.string()),
});
const moment = fc.date({ noInvalidDate: true });
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });

const nodesWith = (children: fc.Arbitrary<z.output<typeof node>>) =>
  fc.record({ name: text, children: fc.array(children, { maxLength: 2 }) });

const nodes = nodesWith(nodesWith(fc.record({ name: text, children: fc.constant([]) })));

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
    gaps: fc.array(fc.option(fc.boolean(), { nil: undefined }), { maxLength: 3 }),
    numbers: fc.array(orNull(fc.double()), { maxLength: 3 }),
    around: fc.record({
      text,
      anything: fc.oneof(
        fc.jsonValue(),
        fc.constant(() => 1),
        fc.constant(undefined),
      ),
    }),
    children: fc.array(nodes, { maxLength: 2 }),
  },
  { noNullPrototype: true },
);

test("an answer is the output of JSON.stringify, whatever its schema says", async () => {
  await using app = fastify();
  let sent: unknown;
  const schema = responseSchema({ output });
  app.get("/", { schema: { response: { 200: schema } } }, async () => sent);
  await fc.assert(
    fc.asyncProperty(outputs, async (value) => {
      sent = value;
      const { body } = await app.inject("/");
      expect(body).toBe(JSON.stringify(value));
    }),
    { numRuns: 1000 },
  );
});

test("an answer that is no plain object has no schema", () => {
  const union = z.union([z.object({}), z.object({ a: z.string() })]);
  for (const other of [union, z.looseObject({}), z.object({ a: z.any() }), z.string(), z.void()]) {
    expect(responseSchema({ output: other })).toBeUndefined();
  }
});
