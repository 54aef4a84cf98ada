import { type AnyTRPCProcedure, initTRPC, TRPCError } from "@trpc/server";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { callProcedure, type ProcedureCall } from "./call-procedure.ts";

interface TestContext {
  readonly caller: string;
}

const t = initTRPC.context<TestContext>().meta<{ readonly note: string }>().create({ isDev: false });
type Builder = typeof t.procedure;

/** The options that a procedure and its middlewares were called with, in order. */
type Seen = object[];

const anotherRawInput = async () => ({ raw: "another" });

/** Steps of a procedure's definition; each records the options that it gets. */
const steps: Readonly<Record<string, (builder: Builder, seen: Seen) => unknown>> = {
  passes: (builder, seen) =>
    builder.use(({ next, ...given }) => {
      note(seen, given);
      return next();
    }),
  "adds to the context": (builder, seen) =>
    builder.use(({ next, ...given }) => {
      note(seen, given);
      return next({ ctx: { added: seen.length } });
    }),
  "changes nothing by an empty object": (builder) => builder.use(({ next }) => next({} as never)),
  "gives another input": (builder) => builder.use(({ next }) => next({ input: { replaced: true } } as never)),
  "gives no input": (builder) => builder.use(({ next }) => next({ input: undefined } as never)),
  "gives another raw input": (builder) => builder.use(({ next }) => next({ getRawInput: anotherRawInput } as never)),
  "waits before and after": (builder, seen) =>
    builder.use(async ({ next }) => {
      await Promise.resolve();
      const result = await next();
      note(seen, result);
      return result;
    }),
  "calls what follows twice": (builder) =>
    builder.use(async ({ next }) => {
      await next();
      return await next();
    }),
  throws: (builder) =>
    builder.use(() => {
      throw new TRPCError({ code: "FORBIDDEN", message: "not you" });
    }),
  "throws what is no error": (builder) => builder.use(() => Promise.reject("a text")),
  "answers nothing": (builder) => builder.use(async () => undefined as never),
  "has an input": (builder) => builder.input((value: unknown) => ({ ...Object(value), parsed: 1 })),
  "refuses every input": (builder) =>
    builder.input(() => {
      throw new RangeError("out of range");
    }),
  "has an output": (builder) => builder.output((value: unknown) => [value]) as never,
  "refuses every output": (builder) =>
    builder.output(() => {
      throw new RangeError("out of range");
    }) as never,
  "has a note": (builder) => builder.meta({ note: "read me" }),
  "formats errors": (builder) => builder.errors(({ shape }) => ({ ...shape, message: "formatted" })) as never,
  "calls itself": (builder, seen) =>
    builder.experimental_caller(async ({ args, invoke }) => {
      note(seen, { args: args.length });
      return await invoke(args[0] as never);
    }) as never,
};

const resolvers: Readonly<Record<string, (builder: Builder, seen: Seen) => AnyTRPCProcedure>> = {
  answers: (builder, seen) =>
    builder.query((given) => {
      note(seen, given);
      return { done: true };
    }),
  "answers nothing": (builder) => builder.mutation(() => undefined),
  throws: (builder) =>
    builder.query(() => {
      throw new TypeError("broken");
    }),
};

function note(seen: Seen, given: object): void {
  const { next: _next, ...rest } = given as { next?: unknown };
  seen.push({ keys: Object.keys(given).sort(), ...rest });
}

/** A definition has one output and one caller. */
function sameSlot(one: string, other: string): boolean {
  return one === other || (one.endsWith("output") && other.endsWith("output"));
}

const definitions = fc.record({
  chosen: fc.uniqueArray(fc.constantFrom(...Object.keys(steps)), { maxLength: 8, comparator: sameSlot }),
  resolver: fc.constantFrom(...Object.keys(resolvers)),
});

type Definition = typeof definitions extends fc.Arbitrary<infer T> ? T : never;

function define({ chosen, resolver }: Definition, seen: Seen): AnyTRPCProcedure {
  const builder = chosen.reduce((made, name) => steps[name]?.(made, seen) as Builder, t.procedure);
  const finish = resolvers[resolver];
  if (finish === undefined) throw new Error(`There is no ${resolver}.`);
  return finish(builder, seen);
}

const getRawInput = async () => ({ raw: "input" });
const call: ProcedureCall = {
  path: "some.procedure",
  getRawInput,
  ctx: { caller: "test" },
  type: "query",
  signal: new AbortController().signal,
  batchIndex: 2,
};

type Way = (procedure: AnyTRPCProcedure) => Promise<unknown>;

async function observe(definition: Definition, way: Way): Promise<object> {
  const seen: Seen = [];
  const outcome = await way(define(definition, seen)).then(
    (data) => ({ data }),
    (error: TRPCError) => ({ name: error.name, code: error.code, message: error.message, cause: String(error.cause) }),
  );
  return { outcome, seen };
}

test("a procedure with any middleware behaves as when tRPC calls it", async () => {
  await fc.assert(
    fc.asyncProperty(definitions, async (definition) => {
      const ours = await observe(definition, (procedure) => callProcedure(procedure, call));
      const theirs = await observe(definition, (procedure) => Promise.resolve(procedure(call)));
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 1000 },
  );
});

test("a wrapped procedure is called through its wrapper", async () => {
  const inner = t.procedure.query(() => "inner");
  // Tools for tracing wrap procedures like this.
  const wrapped = Object.assign(async () => "wrapped", inner) as unknown as AnyTRPCProcedure;
  expect(await callProcedure(inner, call)).toBe("inner");
  expect(await callProcedure(wrapped, call)).toBe("wrapped");
});

test("a plain tRPC procedure is called without tRPC's caller", async () => {
  const inner = t.procedure.query(() => "inner");
  const called = vi.fn(inner);
  const watched = Object.assign(called, inner, { toString: () => String(inner) }) as unknown as AnyTRPCProcedure;
  expect(await callProcedure(watched, call)).toBe("inner");
  expect(called).not.toHaveBeenCalled();
});
