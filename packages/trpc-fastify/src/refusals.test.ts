import { TRPCError } from "@trpc/server";
import { expect, test, vi } from "vitest";
import { get, numberProcedure, post, serve, t } from "./testing/serve.ts";

const procedures = {
  double: numberProcedure.query(({ input }) => input * 2),
  store: numberProcedure.mutation(({ input }) => input),
  ping: t.procedure.query(() => "pong"),
};

const refused = (status: number, code: string) => ({ status, body: { error: { data: { code } } } });

test("an unknown procedure is not found", async () => {
  await using app = serve({}, procedures);
  expect(await get(app, "nothing.here")).toMatchObject(refused(404, "NOT_FOUND"));
});

test("a path with malformed encoding inside is a bad request", async () => {
  await using app = serve({}, procedures);
  expect(await get(app, "%25zz")).toMatchObject(refused(400, "BAD_REQUEST"));
});

test("GET does not call a mutation, and POST does not call a query", async () => {
  await using app = serve({}, procedures);
  expect(await get(app, "store?input=1")).toMatchObject(refused(405, "METHOD_NOT_SUPPORTED"));
  expect(await post(app, "double", "1")).toMatchObject(refused(405, "METHOD_NOT_SUPPORTED"));
});

test("POST calls a query where methods may be overridden, and GET never calls a mutation", async () => {
  await using app = serve({ allowMethodOverride: true }, procedures);
  expect(await post(app, "double", "1")).toMatchObject({ status: 200 });
  expect(await get(app, "store?input=1")).toMatchObject(refused(405, "METHOD_NOT_SUPPORTED"));
});

test("HEAD gets 204 without calling anything", async () => {
  const createContext = vi.fn();
  await using app = serve({ createContext }, procedures);
  const { statusCode, body } = await app.inject({ method: "HEAD", url: "/trpc/ping" });
  expect({ statusCode, body, calls: createContext.mock.calls }).toEqual({ statusCode: 204, body: "", calls: [] });
});

test("a body of another type is refused", async () => {
  await using app = serve({}, procedures);
  const headers = { "content-type": "text/plain" };
  const { statusCode } = await app.inject({ method: "POST", url: "/trpc/store", payload: "1", headers });
  expect(statusCode).toBe(415);
});

test.each(["", "{", "undefined", '"open'])("a body that is not JSON is a bad request: %j", async (body) => {
  await using app = serve({}, procedures);
  expect(await post(app, "store", body)).toMatchObject(refused(400, "BAD_REQUEST"));
});

test("a procedure without input ignores broken input", async () => {
  await using app = serve({}, procedures);
  expect(await get(app, "ping?input={")).toMatchObject({ status: 200 });
});

test.each(["[1]", "1", "null", '"text"'])("the inputs of a batch must be an object, and not %s", async (body) => {
  await using app = serve({}, procedures);
  expect(await post(app, "store,store?batch=1", body)).toMatchObject({ status: 400 });
});

test("queries and mutations cannot share a batch", async () => {
  await using app = serve({}, procedures);
  expect(await get(app, "ping,store?batch=1")).toMatchObject(refused(400, "BAD_REQUEST"));
});

test("a batch is refused when batching is off or the batch is too large", async () => {
  await using without = serve({ allowBatching: false }, procedures);
  await using limited = serve({ maxBatchSize: 1 }, procedures);
  expect(await get(without, "ping?batch=1")).toMatchObject(refused(400, "BAD_REQUEST"));
  expect(await get(limited, "ping,ping?batch=1")).toMatchObject(refused(400, "BAD_REQUEST"));
  expect(await get(limited, "ping?batch=1")).toMatchObject({ status: 200 });
});

test("an unreadable address goes to Fastify's error handler", async () => {
  await using app = serve({}, procedures);
  app.setErrorHandler((error, _request, reply) => reply.code(400).send({ isTrpc: error instanceof TRPCError }));
  const { json } = await app.inject({ url: "/trpc/ping", headers: { host: "[" } });
  expect(json()).toEqual({ isTrpc: true });
});
