import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { publicProcedure } from "@gatehouse/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { RawConnection } from "../support/raw-request.ts";
import { rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

/** The default of MAX_PIPELINED_REQUESTS. */
const maxPipelined = 16;

/** The largest file of the documentation. */
const large = "/docs/static/swagger-ui-bundle.js";

const requests = (path: string, count: number) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(count);

/** A connection of a client that reads nothing until it is told to, and the server's end of it. */
class QuietClient implements Disposable {
  readonly socket: Socket;
  readonly accepted: Socket;

  private constructor(socket: Socket, accepted: Socket) {
    this.socket = socket;
    this.accepted = accepted;
  }

  static async connect({ url, gatehouse }: TestGatehouse): Promise<QuietClient> {
    const { hostname, port } = new URL(url);
    const accepting = once(gatehouse.http.server, "connection");
    const socket = connect(Number(port), hostname);
    // The server may cut it off.
    socket.on("error", () => undefined);
    socket.pause();
    const [accepted] = await accepting;
    return new QuietClient(socket, accepted);
  }

  /** Until the server has ended the connection; `whileWaiting` is called again and again. */
  async ended(whileWaiting: () => void): Promise<void> {
    const timer = setInterval(whileWaiting, 10);
    if (!this.accepted.closed) await once(this.accepted, "close");
    clearInterval(timer);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Files that this process has open; `undefined` where the system does not tell, as only Linux does. */
function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

/** A procedure that a test lets go, and how many calls of it have begun. */
function openGate() {
  const released = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const calls = { count: 0 };
  const slow = publicProcedure
    .meta({ openapi: { method: "GET", path: "/v1/slow", tags: ["Gate"], summary: "Answers when it is let" } })
    .input(z.void())
    .output(z.object({ done: z.literal(true) }))
    .query(async () => {
      calls.count += 1;
      begun.resolve();
      await released.promise;
      return { done: true as const };
    });
  return { routers: { slow }, calls, begun: begun.promise, release: released.resolve };
}

describe("a client that sends requests and reads no answers", () => {
  const shared = shareGatehouse({ environment: { JOBS: "off", DOCS: "on" } });

  test.each([large, "/openapi.json", "/docs/errors/NOT_FOUND", "/nowhere", "/health/ready", "/v1/ping", "/rpc/ping"])(
    "is cut off, opens few files and delays nobody: %s",
    async (path) => {
      const server = shared();
      await rest(server.url, "/openapi.json");
      const before = openFiles() ?? 0;
      using client = await QuietClient.connect(server);
      client.socket.write(requests(path, 20_000));
      let most = 0;
      const ended = client.ended(() => (most = Math.max(most, openFiles() ?? 0)));
      expect((await rest(server.url, "/v1/ping")).status).toBe(200);
      await ended;
      // Besides one for each request: its connection, that of the other caller, and those of the database.
      expect(most).toBeLessThan(before + maxPipelined + 30);
    },
  );

  test("has at most MAX_PIPELINED_REQUESTS requests worked on", async () => {
    const gate = openGate();
    const log: string[] = [];
    await using server = await startGatehouse({ routers: gate.routers, onLog: (line) => log.push(line) });
    using client = await QuietClient.connect(server);
    client.socket.write(requests("/v1/slow", 1000));
    await client.ended(() => undefined);
    gate.release();
    expect(gate.calls.count).toBeLessThanOrEqual(maxPipelined);
    expect(log.filter((line) => line.includes("too many requests at once"))).toHaveLength(1);
  });

  test("is cut off after UNREAD_ANSWER_TIMEOUT_SECONDS, and a client that waits for its answer is not", async () => {
    const gate = openGate();
    const log: string[] = [];
    await using server = await startGatehouse({
      routers: gate.routers,
      environment: { DOCS: "on" },
      onLog: (line) => log.push(line),
    });
    const waiting = rest(server.url, "/v1/slow");
    await gate.begun;
    using client = await QuietClient.connect(server);
    client.socket.write(requests(large, maxPipelined));
    await client.ended(() => server.clock.advance(10));
    expect(log.filter((line) => line.includes("answers not read"))).toHaveLength(1);
    gate.release();
    expect((await waiting).status).toBe(200);
  });
});

describe("a client that reads its answers", () => {
  test("gets them completely, however slowly it reads", async () => {
    await using server = await startGatehouse({ environment: { DOCS: "on" } });
    const length = (await (await fetch(new URL(large, server.url))).arrayBuffer()).byteLength;
    using client = await QuietClient.connect(server);
    const { socket, accepted } = client;
    socket.write(requests(large, maxPipelined));
    let received = 0;
    socket.on("data", (chunk) => {
      received += chunk.length;
      socket.pause();
      server.clock.advance(1);
      if (received >= maxPipelined * length) socket.emit("whole");
      setImmediate(() => socket.resume());
    });
    socket.resume();
    await once(socket, "whole");
    expect(accepted.closed).toBe(false);
  });

  test("may send a thousand requests over one connection, one after the other", async () => {
    await using server = await startGatehouse({ environment: { DOCS: "on" } });
    using connection = new RawConnection(server.url);
    for (let sent = 0; sent < 1000; sent++)
      expect(await connection.send({ method: "GET", path: "/v1/ping" })).toBe(200);
  });
});
