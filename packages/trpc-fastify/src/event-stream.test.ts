import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type AnyTRPCRouter, type AnyTRPCSubscriptionProcedure, initTRPC, tracked } from "@trpc/server";
import Fastify, { type FastifyInstance } from "fastify";
import { expect, test, vi } from "vitest";
import { fastifyTRPCPlugin } from "./index.ts";

const pingMillis = 20;
const t = initTRPC.create({ sse: { ping: { enabled: true, intervalMs: pingMillis } } });

/** Starts a server with one subscription; disposing of it closes its connections too. */
async function serve(subscription: AnyTRPCSubscriptionProcedure, { router: toRouter } = t) {
  const app = Fastify({ forceCloseConnections: true });
  const router: AnyTRPCRouter = toRouter({ watch: subscription });
  app.register(fastifyTRPCPlugin<AnyTRPCRouter>, { prefix: "/trpc", trpcOptions: { router } });
  await app.listen({ host: "127.0.0.1", port: 0 });
  return { app, [Symbol.asyncDispose]: () => app.close() };
}

/** Opens a connection and requests the subscription on it. */
async function subscribe(app: FastifyInstance): Promise<Socket> {
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error("The server does not listen.");
  const socket = connect(address.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write("GET /trpc/watch HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n");
  return socket;
}

/** Reads until the text has arrived. */
async function readUntil(socket: Socket, text: string): Promise<string> {
  let read = "";
  while (!read.includes(text)) read += String((await once(socket, "data"))[0]);
  return read;
}

function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));
}

test("a client gets pings while there are no events", async () => {
  await using server = await serve(
    t.procedure.subscription(async function* ({ signal }) {
      await untilAborted(signal);
      yield 1;
    }),
  );
  const socket = await subscribe(server.app);
  for (let ping = 0; ping < 3; ping += 1) await readUntil(socket, "event: ping");
  socket.destroy();
});

test("a client that leaves is released: the signal aborts, and the subscription ends", async () => {
  const left = Promise.withResolvers<void>();
  await using server = await serve(
    t.procedure.subscription(async function* ({ signal }) {
      try {
        await untilAborted(signal);
        yield 1;
      } finally {
        left.resolve();
      }
    }),
  );
  const socket = await subscribe(server.app);
  await readUntil(socket, "event: connected");
  socket.destroy();
  await left.promise;
});

test("a client that does not read gets no further events pulled for it, and is cut off", async () => {
  const chunk = "x".repeat(64 * 1024);
  let told = 0;
  const left = Promise.withResolvers<void>();
  await using server = await serve(
    t.procedure.subscription(async function* () {
      try {
        while (true) {
          yield tracked(String(told), chunk);
          told += 1;
        }
      } finally {
        left.resolve();
      }
    }),
  );
  const socket = await subscribe(server.app);
  socket.pause();
  await left.promise;
  // The kernel buffers some megabytes for the two sockets.
  expect(told * chunk.length).toBeLessThan(64 * 1024 * 1024);
  socket.destroy();
});

test("a subscription that the server aborts ends without an event, so that clients reconnect", async () => {
  await using server = await serve(
    t.procedure.subscription(async function* () {
      yield tracked("1", "first");
      throw new DOMException("the server stops", "AbortError");
    }),
  );
  const socket = await subscribe(server.app);
  const read = await readUntil(socket, "0\r\n\r\n");
  expect(read).toContain("id: 1");
  expect(read).not.toMatch(/event: (return|serialized-error)/);
  socket.destroy();
});

test("a client that paused gets every event, in order, once it reads again", async () => {
  // More than the kernel buffers for the two sockets.
  const count = 400;
  const chunk = "x".repeat(64 * 1024);
  const silent = initTRPC.create({ sse: { ping: { enabled: false } } });
  await using server = await serve(
    silent.procedure.subscription(async function* () {
      for (let number = 0; number < count; number += 1) yield `${number} ${chunk}`;
    }),
    silent,
  );
  const accepting = once(server.app.server, "connection");
  const socket = await subscribe(server.app);
  socket.pause();
  const [accepted] = await accepting;
  await vi.waitFor(() => expect(accepted.writableNeedDrain).toBe(true), { timeout: 60_000 });
  const parts: string[] = [];
  socket.setEncoding("latin1").on("data", (part: string) => {
    parts.push(part);
    if (parts.slice(-2).join("").includes("event: return")) socket.end();
  });
  socket.resume();
  await once(socket, "close");
  const numbers = [...parts.join("").matchAll(/data: "(\d+) /g)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: count }, (_, number) => number));
});
