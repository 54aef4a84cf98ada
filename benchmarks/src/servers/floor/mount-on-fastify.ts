import type { FastifyInstance } from "fastify";
import type { FloorHandler } from "./handlers.ts";
import { userResponse } from "./user.ts";

interface Mounted<Deps> {
  readonly deps: Deps;
  /** By method and path. */
  readonly handlers: Readonly<Record<string, FloorHandler<Deps>>>;
}

/** Adds a route to the server for each handler. */
export function mountOnFastify<Deps>(app: FastifyInstance, { deps, handlers }: Mounted<Deps>): void {
  for (const [address, handle] of Object.entries(handlers)) {
    const [method = "", url = ""] = address.split(" ");
    app.route({
      method,
      url,
      schema: { response: url === "/v1/users/me" ? userResponse : {} },
      handler: async (request, reply) => {
        const { status, output } = await handle(deps, {
          authorization: request.headers.authorization,
          userAgent: request.headers["user-agent"],
          ip: request.ip,
          body: request.body,
        });
        return reply.code(status).send(output);
      },
    });
  }
}
