import { type AnyTRPCRouter, initTRPC, lazy, type TRPCErrorFormatter } from "@trpc/server";
import type { TRPCErrorShape } from "@trpc/server/rpc";
import superjson from "superjson";
import type { EventLog } from "./event-log.ts";
import type { Settings } from "./settings.ts";
import { makeProcedures, type TestContext } from "./test-procedures.ts";

const formatters: Readonly<Record<Settings["formatter"], TRPCErrorFormatter<TestContext, TRPCErrorShape>>> = {
  default: ({ shape }) => shape,
  custom: ({ shape, error, input, path, ctx }) => ({
    ...shape,
    data: {
      ...shape.data,
      httpStatus: error.code === "CONFLICT" ? 418 : shape.data.httpStatus,
      input,
      path,
      hasContext: ctx !== undefined,
    },
  }),
  throws: () => {
    throw new Error("The formatter fails.");
  },
  // Mistakes that only JavaScript would let through.
  "returns nothing": () => undefined as unknown as TRPCErrorShape,
  "drops data": ({ shape }) => ({ code: shape.code, message: shape.message }) as TRPCErrorShape,
};

const identity = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };

const transformers = {
  none: identity,
  superjson,
  "throws on output": {
    input: identity,
    output: {
      ...identity,
      serialize: () => {
        throw new Error("The transformer cannot write.");
      },
    },
  },
  "throws on input": {
    output: identity,
    input: {
      ...identity,
      deserialize: () => {
        throw new Error("The transformer cannot read.");
      },
    },
  },
};

/**
 * Makes a router with a procedure for each case. Each server needs its own, since a lazy router remembers that it was loaded.
 */
export function makeTestRouter({ transformer, formatter, lazyRouters }: Settings, log: EventLog): AnyTRPCRouter {
  const t = initTRPC.context<TestContext>().create({
    isDev: false,
    transformer: transformers[transformer],
    errorFormatter: formatters[formatter],
  });
  const procedures = makeProcedures(log);
  const { echo, none, write } = procedures;
  const deeper = lazy(async () => ({ only: t.router({ echo }) }));
  return t.router({
    ...procedures,
    nested: { deep: { echo } },
    ...(lazyRouters !== "none" && { lazy: lazy(async () => t.router({ echo, none, write, deeper })) }),
    ...(lazyRouters === "load or fail" && {
      broken: lazy(() => Promise.reject(new Error("The module is not there."))),
    }),
  });
}
