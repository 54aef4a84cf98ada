import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import type { FastifyInstance } from "fastify";
import type { TestRequest } from "./sound-requests.ts";

/** Sends a request over a socket, byte for byte as given, and returns what came back without its date and framing. */
export async function exchange(app: FastifyInstance, request: TestRequest): Promise<object> {
  const socket = await open(app, request);
  const [head = "", ...rest] = (await buffer(socket)).toString("latin1").split("\r\n\r\n");
  const [status, ...lines] = head.split("\r\n");
  const isChunked = lines.some((line) => /^transfer-encoding: *chunked$/i.test(line));
  const body = rest.join("\r\n\r\n");
  return {
    status,
    headers: lines.filter((line) => !/^(date|content-length|transfer-encoding):/i.test(line)),
    body: isChunked ? joinChunks(body) : body,
  };
}

/** A connection on which the request has been sent. */
export async function open(app: FastifyInstance, request: TestRequest): Promise<Socket> {
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error("The server does not listen.");
  const socket = connect(address.port, address.address);
  await once(socket, "connect");
  socket.write(toBytes(request));
  return socket;
}

function toBytes({ method, path, query, headers, body }: TestRequest): Buffer {
  const content = method === "GET" || method === "HEAD" || body === undefined ? Buffer.alloc(0) : Buffer.from(body);
  const length = content.length > 0 ? { "content-length": String(content.length) } : {};
  const fields = { host: "localhost", connection: "close", ...headers, ...length };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const target = `/trpc/${path}${query === "" ? "" : `?${query}`}`;
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), content]);
}

function joinChunks(body: string): string {
  const [size = "", ...rest] = body.split("\r\n");
  const length = Number.parseInt(size, 16);
  const following = rest.join("\r\n");
  if (!(length > 0)) return "";
  return following.slice(0, length) + joinChunks(following.slice(length + 2));
}
