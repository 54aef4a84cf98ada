import { expect, test } from "vitest";
import { serve, t } from "./testing/serve.ts";

const procedures = {
  ping: t.procedure.query(() => "p\u00f6ng"),
  marked: t.procedure.query(({ ctx }) => {
    ctx.reply.code(202).header("x-marked", "yes").header("vary", "origin");
    return "set";
  }),
};

test("a response is JSON with its length and tRPC's vary header", async () => {
  await using app = serve({}, procedures);
  const { headers, body } = await app.inject({ url: "/trpc/ping" });
  expect(headers).toMatchObject({
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    vary: "trpc-accept, accept",
  });
});

test("headers set on the reply are kept unless tRPC sets them, and the status is tRPC's", async () => {
  await using app = serve({}, procedures);
  const { statusCode, headers } = await app.inject({ url: "/trpc/marked" });
  expect({ statusCode, ...headers }).toMatchObject({ statusCode: 200, "x-marked": "yes", vary: "trpc-accept, accept" });
});

test("responseMeta sets the status, and headers as a record or as Headers", async () => {
  await using byRecord = serve(
    { responseMeta: () => ({ status: 203, headers: { "cache-control": "max-age=1", "set-cookie": ["a=1", "b=2"] } }) },
    procedures,
  );
  await using byHeaders = serve(
    { responseMeta: () => ({ headers: new Headers({ "cache-control": "max-age=1" }) }) },
    procedures,
  );
  const first = await byRecord.inject({ url: "/trpc/ping" });
  const second = await byHeaders.inject({ url: "/trpc/ping" });
  expect(first.statusCode).toBe(203);
  expect(first.headers).toMatchObject({ "cache-control": "max-age=1", "set-cookie": ["a=1", "b=2"] });
  expect(second.headers).toMatchObject({ "cache-control": "max-age=1", "content-type": "application/json" });
});

test("an onSend hook gets the body as text, after status and headers are set", async () => {
  await using app = serve({}, procedures);
  const seen: unknown[] = [];
  app.addHook("onSend", async (_request, reply, payload) => {
    seen.push(reply.statusCode, reply.getHeader("content-type"), payload);
  });
  await app.inject({ url: "/trpc/ping" });
  expect(seen).toEqual([200, "application/json", '{"result":{"data":"p\u00f6ng"}}']);
});

test("an error in an onSend hook goes to the error handler, which may answer with an object", async () => {
  await using app = serve({}, procedures);
  app.setErrorHandler((_error, _request, reply) => reply.code(500).send({ handled: true }));
  app.addHook("onSend", async (_request, reply) => {
    if (reply.statusCode === 200) throw new Error("The hook fails.");
  });
  const { statusCode, json } = await app.inject({ url: "/trpc/ping" });
  expect({ statusCode, body: json() }).toEqual({ statusCode: 500, body: { handled: true } });
});
