import type {} from "@fastify/websocket";
import type { AnyTRPCRouter } from "@trpc/server";
import type { FastifyTRPCPluginOptions } from "@trpc/server/adapters/fastify";
import { getWSConnectionHandler, type WSSHandlerOptions } from "@trpc/server/adapters/ws";
import type { FastifyInstance } from "fastify";

/** Passes each WebSocket connection to tRPC's own handler. */
export function addWebSocketRoute<TRouter extends AnyTRPCRouter>(
  fastify: FastifyInstance,
  prefix: string,
  options: FastifyTRPCPluginOptions<TRouter>["trpcOptions"],
): void {
  // The cast is the stock adapter's: `createContext` gets the upgrade's raw request here, not Fastify's.
  const connect = getWSConnectionHandler({ ...(options as unknown as WSSHandlerOptions<TRouter>) });
  fastify.get(prefix, { websocket: true }, (socket, request) => connect(socket, request.raw));
}
