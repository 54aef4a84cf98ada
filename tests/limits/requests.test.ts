import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const host = "host: localhost\r\nconnection: close\r\n";
const json = `${host}content-type: application/json\r\n`;
const get = (path: string) => `GET ${path} HTTP/1.1\r\n${host}\r\n`;
const post = (path: string, headers: string, body: string) =>
  `POST ${path} HTTP/1.1\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;

/** A request of every kind, with the status that it gets until there are too many. */
const kinds = [
  ["the documentation", get("/docs"), 200],
  ["a file of it", get("/docs/static/swagger-ui.css"), 200],
  ["the headers of a page", `HEAD /docs HTTP/1.1\r\n${host}\r\n`, 200],
  ["the OpenAPI document", get("/openapi.json"), 200],
  ["the page of an error code", get("/docs/errors/NOT_FOUND"), 200],
  ["the page of no error code", get("/docs/errors/NOBODY"), 404],
  ["a page for links", get("/account/reset-password"), 200],
  ["the public keys", get("/.well-known/jwks.json"), 200],
  ["a page", get("/"), 200],
  ["the outbox", get("/dev/outbox"), 200],
  [
    "a preflight",
    `OPTIONS /v1/ping HTTP/1.1\r\n${host}origin: http://a\r\naccess-control-request-method: GET\r\n\r\n`,
    204,
  ],
  ["an address that is not there", get("/nowhere"), 404],
  ["a broken body to an address that is not there", post("/nowhere", json, "{"), 400],
  ["a broken address", get("/v1/devices/%zz"), 400],
  ["another method", `PATCH /v1/ping HTTP/1.1\r\n${host}\r\n`, 405],
  ["another media type over REST", post("/v1/auth/login", `${host}content-type: text/csv\r\n`, "a"), 415],
  ["a broken body over REST", post("/v1/auth/login", json, "{"), 400],
  ["a large body over REST", post("/v1/auth/login", json, "1".repeat(70_000)), 413],
  ["a wrong input over REST", post("/v1/auth/login", json, "{}"), 400],
  ["a call over REST", get("/v1/ping"), 200],
  ["what is no procedure", get("/rpc/nothing"), 404],
  ["a batch of two of them as one procedure", get("/rpc/ping,ping"), 404],
  ["a procedure by the other method", post("/rpc/ping", json, "{}"), 405],
  ["another media type over RPC", post("/rpc/auth.login", `${host}content-type: text/csv\r\n`, "a"), 415],
  ["a large body over RPC", post("/rpc/auth.login", json, "1".repeat(70_000)), 413],
  ["a wrong input over RPC", post("/rpc/auth.login", json, "{"), 400],
  ["a user in the host over RPC", "GET /rpc/ping HTTP/1.1\r\nhost: a@b\r\nconnection: close\r\n\r\n", 400],
  ["a call over RPC", get("/rpc/ping"), 200],
  ["an expectation", `GET /v1/ping HTTP/1.1\r\n${host}expect: wonders\r\n\r\n`, 417],
  ["no host", "GET /v1/ping HTTP/1.1\r\nconnection: close\r\n\r\n", 400],
] as const;

/** Sends a request as it is and reads the answer to its end. */
async function send(url: string, request: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(request);
  const [head = ""] = (await text(socket)).split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head: head.toLowerCase() };
}

describe("the limit on all calls of an address", () => {
  const environment = { LIMIT_CALLS_PER_IP_PER_MINUTE: "3", CORS_ORIGINS: "*", DOCS: "on" };
  const shared = shareGatehouse({ environment });

  test.each(kinds)("counts %s once", async (_, request, status) => {
    const server = shared();
    // What the tests before this one sent no longer counts.
    server.clock.advance(60);
    for (let sent = 0; sent < 3; sent++) expect((await send(server.url, request)).status).toBe(status);
    const refused = await send(server.url, request);
    expect(refused.status).toBe(429);
    for (const header of ["retry-after", "x-request-id", "cache-control: no-store", "content-security-policy"]) {
      expect(refused.head).toContain(header);
    }
    server.clock.advance(60);
    expect((await send(server.url, request)).status).toBe(status);
  });

  test("counts each call of a batch that tRPC refuses, and a batch that is too large once", async () => {
    const environment = { LIMIT_CALLS_PER_IP_PER_MINUTE: "10", MAX_BATCH_SIZE: "3" };
    await using server = await startGatehouse({ environment });
    const batch = async (names: string) => (await send(server.url, get(`/rpc/${names}?batch=1&input={}`))).status;
    expect(await batch("no,nor,ping")).toBe(207);
    for (let sent = 0; sent < 7; sent++) expect(await batch("ping,ping,ping,ping")).toBe(400);
    expect(await batch("ping,ping,ping,ping")).toBe(429);
  });

  test("neither refuses nor counts a health check", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_CALLS_PER_IP_PER_MINUTE: "1" } });
    for (const path of ["/health/live", "/health/ready", "/health/live", "/health/ready"]) {
      expect((await rest(server.url, path)).status).toBe(200);
    }
    expect([(await rest(server.url, "/v1/ping")).status, (await rest(server.url, "/v1/ping")).status]).toEqual([
      200, 429,
    ]);
    expect((await rest(server.url, "/health/live")).status).toBe(200);
  });
});
