import { TRPCError } from "@trpc/server";
import { expect, test, vi } from "vitest";
import { batchOf, get, numberProcedure, post, serve, t } from "./testing/serve.ts";

const procedures = {
  double: numberProcedure.query(({ input }) => input * 2),
  store: numberProcedure.mutation(() => 1),
};

test("a failed call is reported once, with its path, input, context and request", async () => {
  const onError = vi.fn();
  await using app = serve({ onError }, procedures);
  await get(app, "double?input=%22x%22");
  expect(onError.mock.calls).toEqual([
    [
      expect.objectContaining({
        error: expect.objectContaining({ code: "BAD_REQUEST", message: "A number is needed." }),
        path: "double",
        input: "x",
        type: "query",
        ctx: { reply: expect.anything() },
        req: expect.objectContaining({ url: "/trpc/double?input=%22x%22" }),
      }),
    ],
  ]);
});

test("each failed call of a batch is reported, with the error that they share", async () => {
  const onError = vi.fn();
  await using app = serve({ onError }, procedures);
  await post(app, "store,store?batch=1", "{");
  const [first, second] = onError.mock.calls.map(([{ error }]) => error);
  expect(first).toBeInstanceOf(TRPCError);
  expect(second).toBe(first);
});

test("a createContext that throws fails each call, and an unknown procedure is still unknown", async () => {
  const createContext = vi.fn().mockRejectedValue(new TRPCError({ code: "UNAUTHORIZED" }));
  await using app = serve({ createContext }, procedures);
  const { status, body } = await get(app, `double,unknown?${batchOf({ 0: 1 })}`);
  expect(status).toBe(207);
  expect(body).toMatchObject([{ error: { data: { httpStatus: 401 } } }, { error: { data: { httpStatus: 404 } } }]);
  expect(createContext).toHaveBeenCalledOnce();
});

test("a request that is refused before it has a context is reported without one", async () => {
  const onError = vi.fn();
  await using app = serve({ onError, allowBatching: false }, procedures);
  await get(app, "double?batch=1");
  expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ ctx: undefined, path: undefined }));
});

test("an onError that throws hands the request to Fastify's error handler", async () => {
  const onError = () => {
    throw new RangeError("reported");
  };
  await using app = serve({ onError }, procedures);
  app.setErrorHandler((error, _request, reply) => reply.code(500).send({ isOurs: error instanceof RangeError }));
  expect(await get(app, "unknown")).toEqual({ status: 500, body: { isOurs: true } });
});

test("createContext gets the calls before they are made", async () => {
  const createContext = vi.fn((_options: unknown) => ({}));
  await using app = serve({ createContext }, { ...procedures, ping: t.procedure.query(() => 1) });
  await get(app, `double,ping?${batchOf({ 0: 1 })}`);
  expect(createContext).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({
      info: expect.objectContaining({
        isBatchCall: true,
        type: "query",
        signal: expect.any(AbortSignal),
        url: expect.objectContaining({ pathname: "/trpc/double,ping" }),
        calls: [expect.objectContaining({ path: "double" }), expect.objectContaining({ path: "ping" })],
      }),
    }),
  );
});
