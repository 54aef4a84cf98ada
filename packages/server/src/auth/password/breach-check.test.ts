import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { expect, test } from "vitest";
import { createBreachCheck } from "./breach-check.ts";

const password = "correct horse battery";
const hash = createHash("sha1").update(password).digest("hex").toUpperCase();
const [prefix, suffix] = [hash.slice(0, 5), hash.slice(5)];
const others = ["0018A45C4D1DEF81644B54AB7F969B88D65:10", "00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2"];

/** Longer than an answer takes on any machine. */
const patience = 30_000;

/** A service that answers as the listener does, and a check that asks it. */
async function startService(listener: RequestListener, timeoutMillis = patience) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const logged: string[] = [];
  const log = pino({ level: "trace" }, { write: (line) => logged.push(line) });
  const url = `http://127.0.0.1:${port}/range`;
  return {
    requests,
    logged,
    check: createBreachCheck({ url, log, timeoutMillis }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const answering = (lines: readonly string[]) =>
  startService((_request, response) => void response.end(lines.join("\r\n")));

test("a listed password is breached", async () => {
  await using service = await answering([...others, `${suffix}:3730471`]);
  expect(await service.check(password)).toBe(true);
  expect(service.logged).toEqual([]);
});

test("a password that is not listed is not", async () => {
  await using service = await answering(others);
  expect(await service.check(password)).toBe(false);
});

test("a padding entry, which has a count of 0, is no hit", async () => {
  await using service = await answering([...others, `${suffix}:0`]);
  expect(await service.check(password)).toBe(false);
});

test("the service sees five characters of the hash and asks for padding", async () => {
  await using service = await answering(others);
  await service.check(password);
  const [request] = service.requests;
  expect(request?.url).toBe(`/range/${prefix}`);
  expect(request?.headers["add-padding"]).toBe("true");
  expect(JSON.stringify(request?.rawHeaders)).not.toContain(suffix.slice(0, 8));
});

test.each<[string, RequestListener, number?]>([
  ["answers 500", (_request, response) => void response.writeHead(500).end(`${suffix}:5`)],
  ["answers 429", (_request, response) => void response.writeHead(429).end()],
  ["never answers", () => undefined, 300],
  ["stops in the middle", (_request, response) => void response.write(`${suffix}:`), 300],
  ["closes the connection", (request) => void request.socket.destroy()],
  ["sends elsewhere", (_request, response) => void response.writeHead(302, { location: "/elsewhere" }).end()],
])("a password is accepted, and the log warns, while the service %s", async (_what, listener, timeoutMillis) => {
  await using service = await startService(listener, timeoutMillis);
  expect(await service.check(password)).toBe(false);
  expect(service.logged).toHaveLength(1);
  expect(service.logged[0]).toContain("breach check failed");
  expect(service.logged[0]).not.toContain(password);
  expect(service.logged[0]).not.toContain(suffix);
});

test("a password is accepted when the service does not answer", async () => {
  const service = await answering([]);
  await service[Symbol.asyncDispose]();
  expect(await service.check(password)).toBe(false);
  expect(service.logged).toHaveLength(1);
});
