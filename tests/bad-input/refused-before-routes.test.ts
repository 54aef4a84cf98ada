import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";

describe("a request that Node's HTTP server would refuse", () => {
  test.each([
    ["an expectation other than 100-continue", "Host: localhost\r\nExpect: wonders\r\n", 417, "EXPECTATION_FAILED"],
    ["a request without a host", "", 400, "INVALID_REQUEST"],
  ])("gets a problem document: %s", async (_, headers, status, code) => {
    await using server = await startGatehouse();
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    socket.write(
      `POST /v1/auth/login HTTP/1.1\r\n${headers}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
    );
    const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
    const problem = JSON.parse(body);
    expect([Number(head.split(" ")[1]), problem.code]).toEqual([status, code]);
    expect(head.toLowerCase()).toContain(`x-request-id: ${problem.requestId}`);
    for (const header of ["content-type: application/problem+json", "cache-control: no-store", "connection: close"]) {
      expect(head.toLowerCase()).toContain(header);
    }
  });

  test("is refused over HTTP/1.0 as well", async () => {
    await using server = await startGatehouse();
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    socket.write("GET /v1/ping HTTP/1.0\r\n\r\n");
    expect(await text(socket)).toContain(" 200 ");
  });
});
