import { initTRPC, lazy, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { expect, test } from "vitest";
import { batchOf, get, numberProcedure, post, serve, t } from "./testing/serve.ts";

const procedures = {
  double: numberProcedure.query(({ input }) => input * 2),
  store: numberProcedure.mutation(({ input }) => input),
  ping: t.procedure.query(() => "pong"),
  nothing: t.procedure.query(() => undefined),
  later: t.procedure.query(() => ({ value: Promise.resolve(1) })),
  refuse: t.procedure.query((): string => {
    throw new TRPCError({ code: "UNAUTHORIZED", message: "Who are you?" });
  }),
};

test("a query takes its input from the address", async () => {
  await using app = serve({}, procedures);
  expect(await get(app, "double?input=21")).toEqual({ status: 200, body: { result: { data: 42 } } });
});

test("a mutation takes its input from the body", async () => {
  await using app = serve({}, procedures);
  expect(await post(app, "store", "7")).toEqual({ status: 200, body: { result: { data: 7 } } });
});

test("a procedure that returns nothing answers without data", async () => {
  await using app = serve({}, procedures);
  expect(await get(app, "nothing")).toEqual({ status: 200, body: { result: {} } });
});

test("a batch returns its results in order", async () => {
  await using app = serve({}, procedures);
  const { status, body } = await get(app, `double,ping,double?${batchOf({ 0: 1, 2: 3 })}`);
  expect({ status, body }).toEqual({
    status: 200,
    body: [{ result: { data: 2 } }, { result: { data: "pong" } }, { result: { data: 6 } }],
  });
});

test("a batch whose calls end differently has status 207", async () => {
  await using app = serve({}, procedures);
  const { status, body } = await get(app, "ping,refuse,unknown?batch=1");
  expect(status).toBe(207);
  expect(body).toMatchObject([
    { result: { data: "pong" } },
    { error: { data: { code: "UNAUTHORIZED", path: "refuse" } } },
    { error: { data: { code: "NOT_FOUND", path: "unknown" } } },
  ]);
});

test("a batch whose calls fail alike has their status", async () => {
  await using app = serve({}, procedures);
  expect(await get(app, "refuse,refuse?batch=1")).toMatchObject({ status: 401 });
});

test("the first of two parameters of the same name counts", async () => {
  await using app = serve({}, procedures);
  expect(await get(app, "double?input=1&input=2")).toMatchObject({ body: { result: { data: 2 } } });
});

test("a call of a batch may have no input", async () => {
  await using app = serve({}, procedures);
  const { body } = await get(app, `double,double?${batchOf({ 1: 1 })}`);
  expect(body).toMatchObject([{ error: { message: "A number is needed." } }, { result: { data: 2 } }]);
});

test("a result that needs streaming is refused outside of a stream", async () => {
  await using app = serve({}, procedures);
  expect(await get(app, "later")).toMatchObject({
    status: 415,
    body: { error: { data: { code: "UNSUPPORTED_MEDIA_TYPE" } } },
  });
});

test("a transformer reads inputs and writes outputs", async () => {
  const s = initTRPC.create({ transformer: superjson });
  const router = s.router({
    tomorrow: s.procedure
      .input((day: unknown) => day as Date)
      .query(({ input }) => new Date(input.getTime() + 86_400_000)),
  });
  await using app = serve({ router }, {});
  const input = encodeURIComponent(superjson.stringify(new Date("2026-01-01")));
  const { body } = await get(app, `tomorrow?input=${input}`);
  expect(superjson.deserialize(body.result.data)).toEqual(new Date("2026-01-02"));
});

test("a lazy router is loaded once, by the first call", async () => {
  let loads = 0;
  const router = t.router({
    slow: lazy(async () => {
      loads++;
      return t.router(procedures);
    }),
  });
  await using app = serve({ router }, {});
  expect(await get(app, "slow.double?input=1")).toEqual(await get(app, "slow.double?input=1"));
  expect(loads).toBe(1);
});
