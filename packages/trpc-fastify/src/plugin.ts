import type { AnyTRPCRouter } from "@trpc/server";
import type { FastifyTRPCPluginOptions } from "@trpc/server/adapters/fastify";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { fastifyTRPCHandler } from "./handler.ts";

export type {
  CreateFastifyContextOptions,
  FastifyHandlerOptions,
  FastifyTRPCPluginOptions,
} from "@trpc/server/adapters/fastify";

/**
 * Serves a tRPC router on a Fastify server, with the name, options and protocol of the stock adapter's plugin.
 *
 * Register it in a scope of its own, as the stock one: within its scope it passes JSON bodies to tRPC as text. Fastify
 * handles `prefix`; the plugin reads it only when fastify-plugin wraps it. `useWSS` needs `@fastify/websocket`
 * registered before.
 */
export function fastifyTRPCPlugin<TRouter extends AnyTRPCRouter>(
  fastify: FastifyInstance,
  options: FastifyTRPCPluginOptions<TRouter>,
  done: (error?: Error) => void,
): void {
  replaceParser(fastify, "application/json", { parseAs: "string" });
  // The stock handler reads a form from the request itself, so it must stay unread here.
  replaceParser(fastify, "multipart/form-data", {});
  const prefix = isWrapped(fastifyTRPCPlugin) ? (options.prefix ?? "") : "";
  const answer = fastifyTRPCHandler(options.trpcOptions);
  fastify.all(`${prefix}/:path`, (request: FastifyRequest<{ Params: { path: string } }>, reply) =>
    answer(request, reply, request.params.path),
  );
  if (options.useWSS === true) addWebSockets(fastify, prefix, options.trpcOptions).then(() => done(), done);
  else done();
}

async function addWebSockets<TRouter extends AnyTRPCRouter>(
  fastify: FastifyInstance,
  prefix: string,
  options: FastifyTRPCPluginOptions<TRouter>["trpcOptions"],
): Promise<void> {
  // Servers without WebSockets start sooner if they do not load tRPC's handler for them.
  const { addWebSocketRoute } = await import("./web-socket.ts");
  addWebSocketRoute(fastify, prefix, options);
}

function replaceParser(fastify: FastifyInstance, contentType: string, options: { parseAs?: "string" }): void {
  fastify.removeContentTypeParser(contentType);
  // The cast drops the overload on `parseAs`, which changes the body's type alone; it is passed on as it comes.
  fastify.addContentTypeParser(contentType, options as object, (_request, body, parsed) => parsed(null, body));
}

/** fastify-plugin marks a plugin with a `default`, and keeps Fastify from applying the prefix. */
function isWrapped(plugin: object): boolean {
  return "default" in plugin && typeof plugin.default === "function";
}
