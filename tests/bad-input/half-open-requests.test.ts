import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const environment = { REQUEST_TIMEOUT_SECONDS: "1", JOBS: "off" };

const headers = "POST /v1/auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

/** What the server sends on a connection until it closes it, and the milliseconds until then. */
async function sendAndWait({ url }: TestGatehouse, parts: AsyncIterable<string> | Iterable<string>) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const answer = text(socket);
  for await (const part of parts) {
    if (socket.closed || !socket.writable) break;
    socket.write(part);
  }
  const [head = "", body = ""] = (await answer).split("\r\n\r\n");
  socket.destroy();
  return { status: Number(head.split(" ")[1]), connection: /^connection: (.*)$/im.exec(head)?.[1], body };
}

/** A byte each 100 milliseconds of real time, by which Node's HTTP server judges; never the whole body. */
async function* trickle(): AsyncGenerator<string> {
  yield `${headers}content-length: 60000\r\n\r\n{`;
  for (let sent = 0; sent < 1000; sent++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    yield " ";
  }
}

describe("a request that does not arrive in full within REQUEST_TIMEOUT_SECONDS", () => {
  const shared = shareGatehouse({ environment });

  // They wait for the same second.
  test.concurrent.each([
    ["headers that do not end", [headers]],
    ["a body that stops half-way", [`${headers}content-length: 100\r\n\r\n{"identifier":`]],
    ["a chunked body without its end", [`${headers}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n`]],
    ["one byte at a time", trickle()],
  ])("is refused and its connection closed: %s", async (_, parts) => {
    const server = shared();
    const { status, connection, body } = await sendAndWait(server, parts);
    expect([status, connection, JSON.parse(body).code]).toEqual([408, "close", "REQUEST_TIMEOUT"]);
    expect((await rest(server.url, "/v1/ping")).status).toBe(200);
  });
});
