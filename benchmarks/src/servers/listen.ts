import { once } from "node:events";
import type { Server } from "node:http";
import type { FastifyInstance } from "fastify";

/** Lets a server listen on a free port of 127.0.0.1. Returns its address and its stop, as `serveParent` takes them. */
export async function serveHttp(server: Server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { ready: `http://127.0.0.1:${address.port}`, stop };
}

/** The same for a Fastify server. */
export async function serveFastify(app: FastifyInstance) {
  const ready = await app.listen({ host: "127.0.0.1", port: 0 });
  return { ready, stop: () => app.close() };
}
