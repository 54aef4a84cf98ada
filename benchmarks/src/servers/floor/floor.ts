// The floor: the least cost of each call, with node:http, pg, jose and Argon2 and nothing around them.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { serveParent } from "../../processes/serve-parent.ts";
import { serveHttp } from "../listen.ts";
import { type FloorDependencies, type FloorSettings, openFloor } from "./dependencies.ts";
import { type FloorAnswer, handlers } from "./handlers.ts";

serveParent(async (settings: FloorSettings) => {
  const deps = await openFloor(settings);
  const server = createServer((request, response) => {
    answer(deps, request).then(
      (given) => send(response, given),
      () => send(response, { status: 500 }),
    );
  });
  const { ready, stop } = await serveHttp(server);
  return { ready, stop: () => stop().finally(() => deps.close()) };
});

async function answer(deps: FloorDependencies, request: IncomingMessage): Promise<FloorAnswer> {
  const handle = handlers[`${request.method} ${request.url}`];
  if (handle === undefined) return { status: 404 };
  return await handle(deps, {
    authorization: request.headers.authorization,
    userAgent: request.headers["user-agent"],
    ip: request.socket.remoteAddress ?? "",
    body: request.method === "POST" ? await json(request) : undefined,
  });
}

function send(response: ServerResponse, { status, output }: FloorAnswer): void {
  const body = output === undefined ? "" : JSON.stringify(output);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}
