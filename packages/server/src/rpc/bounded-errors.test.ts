import { initTRPC, TRPCError } from "@trpc/server";
import { expect, test } from "vitest";
import { ZodError, z } from "zod";
import { boundErrors } from "./bounded-errors.ts";

const t = initTRPC.create();
const row = z.strictObject({ id: z.uuid(), name: z.string(), size: z.int() });

const router = boundErrors(
  t.router({
    write: t.procedure.input(z.strictObject({ rows: z.array(row) })).mutation(({ input }) => input.rows.length),
    twice: t.procedure
      .input(z.object({ a: z.string().transform((text) => text.length) }))
      .input(z.object({ b: z.string().default("b") }))
      .query(({ input }) => input),
    unread: t.procedure.query(({ input }) => input),
    own: t.procedure.input((value: unknown) => String(value)).query(({ input }) => input),
  }),
);
const caller = router.createCaller({});

/** Returns the paths of the mistakes that a call reports. */
async function mistakesOf(call: Promise<unknown>): Promise<readonly string[]> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof TRPCError && error.cause instanceof ZodError)) throw error;
  expect([error.code, error.message]).toEqual(["BAD_REQUEST", "The input is not valid"]);
  return error.cause.issues.map(({ path }) => path.join("."));
}

const wrong = (count: number) => Array.from({ length: count }, () => ({})) as never[];

test("a small wrong input gets all its errors", async () => {
  const mistakes = await mistakesOf(caller.write({ rows: wrong(198) }));
  expect(mistakes).toHaveLength(3 * 198);
});

test("a large wrong input gets its first error", async () => {
  for (const count of [199, 5000]) {
    expect(await mistakesOf(caller.write({ rows: wrong(count) }))).toEqual(["rows.0.id"]);
  }
});

test("a large valid input is parsed as usual", async () => {
  const rows = Array.from({ length: 3000 }, () => ({ id: crypto.randomUUID(), name: "x", size: 1 }));
  expect(await caller.write({ rows })).toBe(3000);
});

test("several inputs of a procedure add up, with their defaults and transforms", async () => {
  expect(await caller.twice({ a: "four" })).toEqual({ a: 4, b: "b" });
  expect(await mistakesOf(caller.twice({ a: 4 } as never))).toEqual(["a"]);
});

test("a validator that is no zod schema stays as it is", async () => {
  expect(await caller.unread()).toBeUndefined();
  expect(await caller.own("7")).toBe("7");
});
