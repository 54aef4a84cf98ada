import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { addressOf, anyParameter, authorize, operations, restTransport } from "../support/calls.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { expectRefusal, names } from "../support/refusal.ts";
import { registerAccount, rest } from "../support/rest.ts";

/** Sends bytes that no client would, and reads until the server hangs up. */
async function sendRaw(url: string, request: string): Promise<{ status: number; head: string; body: string }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(Buffer.from(request, "latin1"));
  const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body };
}

const addressed = operations.filter(({ pathParameters }) => pathParameters.length > 0);

describe("a path parameter", () => {
  test("that is too long is named, however long it is", async () => {
    await using server = await startGatehouse();
    const account = await registerWithRoles(server);
    for (const operation of addressed) {
      const headers = authorize(operation, account);
      const { pathParameters } = operation;
      const others = Object.fromEntries(pathParameters.map((name) => [name, anyParameter]));
      for (const name of pathParameters) {
        for (const length of [201, 5000, 12_000]) {
          const input = { ...others, [name]: "x".repeat(length) };
          const answer = await restTransport.send(server.url, operation, input, headers);
          expectRefusal(restTransport, answer);
          expect([operation.procedure, name, names(answer, name)]).toEqual([operation.procedure, name, true]);
        }
      }
    }
  });

  test("in broken percent-encoding answers 400", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    for (const {
      rest: { method, path },
    } of addressed) {
      for (const broken of ["%", "%z", "%zz", "abc%", "%ff%fe", "%ED%A0%80", "%C0%AF"]) {
        const address = path.replaceAll(/\{[^}]+\}/g, broken);
        const answer = await rest(server.url, address, { method, token: accessToken });
        expect([broken, answer.status, answer.body.code]).toEqual([broken, 400, "INVALID_REQUEST"]);
        expect(answer.body.requestId).toBe(answer.headers.get("x-request-id"));
      }
    }
  });

  test("is decoded before it is validated", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    const link = (id: string) =>
      rest(server.url, `/v1/devices/${id}`, { method: "PUT", token: accessToken, body: { platform: "web" } });
    expect((await link("%69nstallation%2D1")).body.installationId).toBe("installation-1");
    for (const hostile of ["installation%001", "installation%2F1", "..%2f..%2fetc%2fpasswd", "installation%25311"]) {
      const { status, body } = await link(hostile);
      expect([status, body.errors[0].path]).toEqual([400, "installationId"]);
    }
  });
});

describe("a query", () => {
  test("with an unknown parameter is refused by every procedure", async () => {
    await using server = await startGatehouse();
    const account = await registerWithRoles(server);
    for (const operation of operations) {
      const headers = authorize(operation, account);
      const path = addressOf(operation);
      for (const name of [
        "extra",
        "__proto__",
        "constructor",
        "__proto__[isAdmin]",
        "limit[]",
        "%00",
        "toString",
        "",
      ]) {
        const answer = await rest(server.url, `${path}?${name}=1`, { method: operation.rest.method, headers });
        const unknown = { path: decodeURIComponent(name), message: "Unknown field" };
        expect([name, answer.status, answer.body?.errors]).toEqual([name, 400, [unknown]]);
      }
    }
  });

  test("with a parameter given twice is refused", async () => {
    await using server = await startGatehouse();
    const account = await registerWithRoles(server);
    for (const operation of operations.filter(({ takesInput, takesBody }) => takesInput && !takesBody)) {
      const headers = authorize(operation, account);
      const path = addressOf(operation);
      const names = Object.keys(operation.fields).filter((name) => !operation.pathParameters.includes(name));
      for (const name of names) {
        const answer = await rest(server.url, `${path}?${name}=1&${name}=1`, {
          method: operation.rest.method,
          headers,
        });
        expect([answer.status, answer.body.errors[0].path]).toEqual([400, name]);
      }
    }
  });

  test("of a list needs whole numbers in range, over REST and over RPC", async () => {
    await using server = await startGatehouse();
    const { accessToken: token } = await registerAccount(server.url);
    for (const limit of [
      "0",
      "-1",
      "101",
      "1.5",
      "1e1",
      "0x10",
      "NaN",
      "Infinity",
      "99999999999999999999",
      "",
      " 1",
      "true",
    ]) {
      const { status, body } = await rest(server.url, `/v1/devices?limit=${encodeURIComponent(limit)}`, { token });
      expect([limit, status, body.errors?.[0].path]).toEqual([limit, 400, "limit"]);
    }
    for (const limit of [0, -1, 101, 1.5, 1e20, "1", true, null]) {
      const input = encodeURIComponent(JSON.stringify({ json: { limit } }));
      const { status, body } = await rest(server.url, `/rpc/device.list?input=${input}`, { token });
      expect([limit, status, body.error?.json.data.errors[0].path]).toEqual([limit, 400, "limit"]);
    }
  });
});

describe("an RPC address", () => {
  test("of no procedure gets 404", async () => {
    await using server = await startGatehouse();
    for (const path of [
      "nobody",
      "__proto__",
      "constructor",
      "toString",
      "auth",
      "auth.__proto__",
      "auth.login.x",
      "%25zz",
      "auth%00",
      "AUTH.LOGIN",
    ]) {
      const { status, body } = await rest(server.url, `/rpc/${path}`);
      expect([path, status, body.error.json.data.code]).toEqual([path, 404, "NOT_FOUND"]);
    }
  });

  test("with an unreadable input gets 400", async () => {
    await using server = await startGatehouse();
    const { accessToken: token } = await registerAccount(server.url);
    for (const input of ["nope", "%00", "%7B", "{}{}", "null", '"x"', "%5B%5B", "%ff"]) {
      const { status, body } = await rest(server.url, `/rpc/device.list?input=${input}`, { token });
      expect([input, status]).toEqual([input, 400]);
      expect(body.error.json.data.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test("is refused like tRPC's own refusals, in the same form", async () => {
    await using server = await startGatehouse();
    const requests = ["ping,auth.login?batch=1", "ping?connectionParams=x", "%E0%A4%A"];
    for (const request of requests) {
      const { status, headers, body } = await rest(server.url, `/rpc/${request}`);
      const { requestId } = body.error?.json.data ?? body;
      expect([status, requestId]).toEqual([400, headers.get("x-request-id")]);
      expect(headers.get("content-type")).toMatch(/json/);
    }
  });
});

describe("a request that is not HTTP", () => {
  const problem = "content-type: application/problem+json";

  test.each([
    ["has no request line", "hello\r\n\r\n"],
    ["has a NUL in a header", "GET /v1/ping HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n"],
    ["has two lengths", "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"],
    ["has a length that is none", "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}"],
    [
      "smuggles a length into chunks",
      "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
  ])("because it %s answers 400", async (_what, request) => {
    await using server = await startGatehouse();
    const { status, head, body } = await sendRaw(server.url, request);
    expect([status, JSON.parse(body).code]).toEqual([400, "INVALID_REQUEST"]);
    expect(head).toContain(problem);
  });

  test("because its headers are too large answers 431", async () => {
    await using server = await startGatehouse();
    const { status, head, body } = await sendRaw(server.url, `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect([status, JSON.parse(body).code]).toEqual([431, "HEADERS_TOO_LARGE"]);
    expect(head).toContain(problem);
  });

  test.each(["[", "user:password@example.com", "a b"])("because its Host is %s answers 400 to RPC", async (host) => {
    await using server = await startGatehouse();
    const request = `GET /rpc/ping HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    expect((await sendRaw(server.url, request)).status).toBe(400);
  });
});
