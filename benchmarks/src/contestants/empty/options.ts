import { initTRPC } from "@trpc/server";
import type { FastifyTRPCPluginOptions } from "@trpc/server/adapters/fastify";

const t = initTRPC.create();

/** A procedure that does nothing, so that a call of it costs what the transport costs. */
const router = t.router({ empty: t.procedure.query(() => "nothing") });

/** What both adapters are registered with. */
export const emptyOptions: FastifyTRPCPluginOptions<typeof router> & { readonly prefix: string } = {
  prefix: "/rpc",
  trpcOptions: { router, createContext: () => ({}) },
};
