import type { AnyTRPCRouter } from "@trpc/server";
import type { FastifyHandlerOptions } from "@trpc/server/adapters/fastify";
import type { FastifyReply, FastifyRequest } from "fastify";

/** The stock adapter's `trpcOptions`, for any router: inside the plugin its types no longer matter. */
export type HandlerOptions = FastifyHandlerOptions<AnyTRPCRouter, FastifyRequest, FastifyReply>;
