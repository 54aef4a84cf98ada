import type { FastifyInstance } from "fastify";

/** Lets a Fastify server listen on a free port of this machine; what `serveParent` takes. */
export async function serveFastify(app: FastifyInstance) {
  const ready = await app.listen({ host: "127.0.0.1", port: 0 });
  return { ready, stop: () => app.close() };
}
