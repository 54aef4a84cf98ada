import { initTRPC, TRPCError, tracked } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import type { FastifyReply } from "fastify";
import { codes, outputs, thrown } from "./cases.ts";
import type { EventLog } from "./event-log.ts";

/** The context that the tests' `createContext` makes. */
export interface TestContext {
  readonly reply?: FastifyReply | undefined;
}

const t = initTRPC.context<TestContext>().create({ isDev: false });

/** Procedures that log how they are called. */
export function makeProcedures(log: EventLog) {
  const base = t.procedure.use(({ next, ...options }) => {
    const { path, type, batchIndex, signal, ctx } = options;
    log.add(`calls ${path}`, { type, batchIndex, context: ctx === undefined ? "none" : Object.keys(ctx) });
    log.add("options", { keys: Object.keys(options).sort(), aborted: signal?.aborted });
    return next();
  });
  const any = base.input((value: unknown) => value);
  const strict = base.input(expectName);
  return {
    echo: any.query(({ input }) => input),
    strict: strict.query(({ input }) => `hello ${input.name}`),
    none: base.query(() => "nothing needed"),
    raw: base.query(async ({ ctx, ...options }) => ("getRawInput" in options ? "has raw input" : ctx && "none")),
    out: any.query(({ input }) => outputOf(input)),
    fail: any.query(({ input }) => fail(input)),
    slow: any.query(({ input }) => new Promise((resolve) => setImmediate(resolve, input))),
    head: base.query(({ ctx }) => {
      ctx?.reply?.code(202).header("x-procedure", "yes").header("vary", "origin");
      return "set";
    }),
    wait: base.query(({ signal }) => untilAborted(log, signal)),
    write: any.mutation(({ input }) => ({ written: input })),
    strictWrite: strict.mutation(({ input }) => input),
    noneWrite: base.mutation(() => null),
    failWrite: any.mutation(({ input }) => fail(input)),
    upload: base.input(expectForm).mutation(({ input }) => [...input.keys()]),
    ticks: any.subscription(async function* ({ input }) {
      yield 1;
      yield input;
    }),
    // Yields events with and without an id; the input names the first one.
    news: any.subscription(async function* ({ input }) {
      yield outputOf(input);
      yield tracked("first", input);
      yield "after the first";
      yield tracked("last", 2);
    }),
    failing: any.subscription(async function* ({ input }) {
      yield tracked("before", 1);
      if (input === "aborted") throw new DOMException("over", "AbortError");
      fail(input);
    }),
    // A mistake that only JavaScript would let through.
    notIterable: any.subscription((() => 1) as unknown as () => AsyncIterable<number>),
    observableTicks: base.subscription(() =>
      observable<number>((observer) => {
        observer.next(1);
        observer.complete();
      }),
    ),
  };
}

function expectName(value: unknown): { name: string } {
  if (typeof value === "object" && value !== null && "name" in value && typeof value.name === "string") {
    return { name: value.name };
  }
  throw new Error("A name is needed.");
}

function expectForm(value: unknown): FormData {
  if (value instanceof FormData) return value;
  throw new Error("A form is needed.");
}

function outputOf(input: unknown): unknown {
  return typeof input === "string" ? outputs[input]?.() : input;
}

function fail(input: unknown): never {
  const code = codes.find((known) => known === input) ?? "PRECONDITION_FAILED";
  // A procedure may throw a value that is no error.
  throw typeof input === "string" && input in thrown
    ? thrown[input]?.()
    : new TRPCError({ code, message: `as asked: ${code}` });
}

function untilAborted(log: EventLog, signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => {
      log.add("aborted", { reason: String(signal.reason) });
      reject(new TRPCError({ code: "CLIENT_CLOSED_REQUEST", message: "gone" }));
    });
    log.add("waiting", {});
  });
}
