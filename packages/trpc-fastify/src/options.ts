import type { AnyTRPCRouter } from "@trpc/server";
import type { FastifyHandlerOptions } from "@trpc/server/adapters/fastify";
import type { FastifyReply, FastifyRequest } from "fastify";

/** What the stock adapter calls `trpcOptions`, for whatever router: past the plugin's door its types no longer matter. */
export type HandlerOptions = FastifyHandlerOptions<AnyTRPCRouter, FastifyRequest, FastifyReply>;
