import type { TRPCError } from "@trpc/server";

/** The paths of the tests' router. Procedures in a lazy router are found once it is loaded. */
export const procedurePaths = {
  query: [
    "echo",
    "strict",
    "none",
    "raw",
    "out",
    "fail",
    "slow",
    "head",
    "nested.deep.echo",
    "lazy.echo",
    "lazy.deeper.echo",
  ],
  mutation: ["write", "strictWrite", "noneWrite", "failWrite", "lazy.write"],
  subscription: ["ticks", "observableTicks", "news", "failing", "notIterable"],
  unknown: [
    "nothing",
    "nested",
    "nested.deep",
    "lazy",
    "lazyx",
    "lazy.nothing",
    "broken.echo",
    "__proto__",
    "constructor",
    "echo.",
    "écho",
  ],
} as const;

/** The values that `out` returns, by name. */
export const outputs: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  zero: () => 0,
  text: () => 'quotes " and é and \u2028 and \ud800',
  date: () => new Date(0),
  invalidDate: () => new Date(Number.NaN),
  bigint: () => 10n,
  map: () => new Map([["a", new Set([1])]]),
  function: () => () => 1,
  symbol: () => Symbol("s"),
  circular: () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    return circle;
  },
  toJson: () => ({ toJSON: (key: string) => `as ${key}` }),
  throwingToJson: () => ({
    toJSON: () => {
      throw new RangeError("no JSON");
    },
  }),
  promiseInside: () => ({ later: Promise.resolve(1) }),
  promiseDeepInside: () => ({ a: { later: Promise.resolve(1) } }),
  promiseInArray: () => [Promise.resolve(1)],
  thenableInside: () => ({ later: thenable({}) }),
  callablePromiseInside: () => ({ later: thenable(() => 1) }),
  iterable: () => count(),
  iterableInside: () => ({ each: count() }),
  stream: () => new ReadableStream({ start: (controller) => controller.close() }),
  array: () => [1, [2], { a: undefined }],
  nan: () => Number.NaN,
  error: () => new Error("as a value"),
  empty: () => ({}),
  withUndefined: () => ({ a: undefined, b: 1 }),
};

/** Makes an object that passes for a promise. It settles, since a streamed batch waits for the promises in it. */
function thenable(target: object): object {
  const settled = Promise.resolve(1);
  Reflect.set(target, "then", settled.then.bind(settled));
  Reflect.set(target, "catch", settled.catch.bind(settled));
  return target;
}

async function* count(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}

/** The values that `fail` throws, by name; any other name is taken as an error code. */
export const thrown: Readonly<Record<string, () => unknown>> = {
  error: () => new TypeError("plain"),
  text: () => "a text",
  number: () => 7,
  null: () => null,
  undefined: () => undefined,
  object: () => ({ message: "an object", detail: 1 }),
  foreign: () => Object.assign(new Error("of another copy"), { name: "TRPCError", code: "CONFLICT" }),
  unknownCode: () => Object.assign(new Error("odd"), { name: "TRPCError", code: "NO_SUCH_CODE" }),
};

/** Codes that the tests' procedures throw. */
export const codes: readonly TRPCError["code"][] = [
  "UNAUTHORIZED",
  "NOT_FOUND",
  "CONFLICT",
  "INTERNAL_SERVER_ERROR",
  "BAD_REQUEST",
  "CLIENT_CLOSED_REQUEST",
];
