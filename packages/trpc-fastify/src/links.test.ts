import websocket from "@fastify/websocket";
import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  type TRPCLink,
  wsLink,
} from "@trpc/client";
import { TRPCError, tracked } from "@trpc/server";
import { octetInputParser } from "@trpc/server/http";
import Fastify, { type FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { expect, test } from "vitest";
import { fastifyTRPCPlugin } from "./index.ts";
import { t } from "./testing/serve.ts";

const router = t.router({
  greet: t.procedure.input((name: unknown) => String(name)).query(({ input }) => `hello ${input}`),
  later: t.procedure.query(() => ({ value: Promise.resolve(42) })),
  upload: t.procedure.input((form: unknown) => form as FormData).mutation(({ input }) => `got ${input.get("title")}`),
  measure: t.procedure
    .input(octetInputParser)
    .mutation(async ({ input }) => (await new Response(input).bytes()).length),
  count: t.procedure.subscription(async function* () {
    yield tracked("first", 1);
    yield tracked("second", 2);
  }),
  broken: t.procedure.subscription(async function* () {
    yield 1;
    throw new TRPCError({ code: "CONFLICT", message: "no more" });
  }),
});

type TestRouter = typeof router;

const routes = { prefix: "/trpc", trpcOptions: { router, createContext: () => ({}) as never } };

async function listen(useWSS = false): Promise<FastifyInstance> {
  const app = Fastify({ forceCloseConnections: true });
  if (useWSS) await app.register(websocket);
  app.addContentTypeParser("application/octet-stream", (_request, body, done) => done(null, body));
  await app.register(fastifyTRPCPlugin<TestRouter>, { ...routes, useWSS });
  await app.listen({ host: "127.0.0.1", port: 0 });
  return app;
}

function clientOf(app: FastifyInstance, makeLink: (url: string) => TRPCLink<TestRouter>) {
  return createTRPCClient<TestRouter>({ links: [makeLink(`${app.listeningOrigin}/trpc`)] });
}

test.each([
  ["httpLink", (url: string) => httpLink({ url })],
  ["httpBatchLink", (url: string) => httpBatchLink({ url })],
  ["httpBatchStreamLink", (url: string) => httpBatchStreamLink({ url })],
])("a client calls over %s", async (_name, makeLink) => {
  await using app = await listen();
  const client = clientOf(app, makeLink);
  expect(await Promise.all([client.greet.query("Ada"), client.greet.query("Bob")])).toEqual(["hello Ada", "hello Bob"]);
});

test("a stream carries promises inside a result", async () => {
  await using app = await listen();
  const { value } = await clientOf(app, (url) => httpBatchStreamLink({ url })).later.query();
  expect(await value).toBe(42);
});

test("forms and bytes can be uploaded", async () => {
  await using app = await listen();
  const client = clientOf(app, (url) => httpLink({ url }));
  const form = new FormData();
  form.append("title", "a form");
  expect(await client.upload.mutate(form)).toBe("got a form");
  expect(await client.measure.mutate(new Uint8Array(5))).toBe(5);
});

test("bytes that a parser has read reach the procedure as a buffer, also in what claims to be a batch", async () => {
  const measured = t.router({
    size: t.procedure
      .input((bytes: unknown) => bytes as Buffer)
      .mutation(({ input }) => [Buffer.isBuffer(input), input.length]),
  });
  await using app = Fastify();
  app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  await app.register(fastifyTRPCPlugin, { prefix: "/trpc", trpcOptions: { router: measured } });
  for (const url of ["/trpc/size", "/trpc/size?batch=1"]) {
    const headers = { "content-type": "application/octet-stream" };
    const answer = await app.inject({ method: "POST", url, headers, payload: Buffer.alloc(5) });
    expect([url, answer.json()]).toEqual([url, { result: { data: [true, 5] } }]);
  }
});

test("a subscription comes as server-sent events", async () => {
  await using app = await listen();
  const response = await fetch(`${app.listeningOrigin}/trpc/count`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const text = await response.text();
  expect(text).toContain("data: 1\nid: first\n");
  expect(text).toContain("data: 2\nid: second\n");
});

test("a subscription that fails sends its error as an event", async () => {
  await using app = await listen();
  const { body } = await fetch(`${app.listeningOrigin}/trpc/broken`);
  let text = "";
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.includes("no more")) break;
  }
  expect(text).toContain("event: serialized-error");
});

test("a client calls and subscribes over a WebSocket", async () => {
  await using app = await listen(true);
  const socket = createWSClient({ url: `${app.listeningOrigin.replace("http", "ws")}/trpc` });
  const client = createTRPCClient<TestRouter>({ links: [wsLink({ client: socket })] });
  expect(await client.greet.query("Ada")).toBe("hello Ada");
  const received: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    client.count.subscribe(undefined, {
      onData: ({ data }) => received.push(data),
      onComplete: resolve,
      onError: reject,
    });
  });
  expect(received).toEqual([1, 2]);
  await socket.close();
});

test("the prefix applies when fastify-plugin keeps the plugin without a scope", async () => {
  await using app = Fastify();
  const marksBefore = Reflect.ownKeys(fastifyTRPCPlugin);
  try {
    await app.register(fastifyPlugin(fastifyTRPCPlugin<TestRouter>), routes);
    const { statusCode } = await app.inject({ url: "/trpc/greet?input=1" });
    expect(statusCode).toBe(200);
  } finally {
    // fastify-plugin marks the plugin itself, which the other tests of this process register unmarked.
    const marks = Reflect.ownKeys(fastifyTRPCPlugin).filter((key) => !marksBefore.includes(key));
    for (const mark of marks) Reflect.deleteProperty(fastifyTRPCPlugin, mark);
    expect(Reflect.ownKeys(fastifyTRPCPlugin)).toEqual(marksBefore);
  }
});
