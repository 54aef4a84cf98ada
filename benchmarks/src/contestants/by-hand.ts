// By hand: the floor's work in a Fastify server with the plugins, the log and the headers that Gatehouse has.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { serveParent } from "../processes/serve-parent.ts";
import { createServer } from "./by-hand/server.ts";
import { userResponse } from "./by-hand/user-response.ts";
import { type FloorDependencies, openFloor } from "./floor/dependencies.ts";
import type { FloorRequest } from "./floor/handler.ts";
import { handlers } from "./floor/handlers.ts";
import type { FloorSettings } from "./floor/settings.ts";
import { serveFastify } from "./serve-fastify.ts";

serveParent(async (settings: FloorSettings) => {
  const deps = await openFloor(settings);
  const app = await createServer();
  addRoutes(app, deps);
  const { ready, stop } = await serveFastify(app);
  return { ready, stop: () => stop().finally(() => deps.close()) };
});

function addRoutes(app: FastifyInstance, deps: FloorDependencies): void {
  for (const [address, handle] of Object.entries(handlers)) {
    const [method = "", url = ""] = address.split(" ");
    app.route({
      method,
      url,
      schema: { response: url === "/v1/users/me" ? userResponse : {} },
      handler: async (request, reply) => {
        const { status, output } = await handle(deps, toFloorRequest(request));
        return reply.code(status).send(output);
      },
    });
  }
}

function toFloorRequest(request: FastifyRequest): FloorRequest {
  return {
    authorization: request.headers.authorization,
    userAgent: request.headers["user-agent"],
    ip: request.ip,
    body: request.body,
  };
}
