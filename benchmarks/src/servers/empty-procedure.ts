// A tRPC adapter alone: on Fastify without another plugin, with a procedure that does nothing.
import { initTRPC } from "@trpc/server";
import type { FastifyTRPCPluginOptions } from "@trpc/server/adapters/fastify";
import { type FastifyInstance, fastify } from "fastify";
import { serveParent } from "../processes/serve-parent.ts";
import { serveFastify } from "./listen.ts";

const t = initTRPC.create();

/** A procedure that does nothing, so that a call of it costs what the transport costs. */
const router = t.router({ empty: t.procedure.query(() => "nothing") });

const options: FastifyTRPCPluginOptions<typeof router> & { readonly prefix: string } = {
  prefix: "/rpc",
  trpcOptions: { router, createContext: () => ({}) },
};

/** Each process loads its own adapter and not the other. */
const adapters = {
  async gatehouse(app: FastifyInstance) {
    const { fastifyTRPCPlugin } = await import("@gatehouse/trpc-fastify");
    await app.register(fastifyTRPCPlugin, options);
  },
  async stock(app: FastifyInstance) {
    const { fastifyTRPCPlugin } = await import("@trpc/server/adapters/fastify");
    await app.register(fastifyTRPCPlugin, options);
  },
};

/** The adapter to mount: Gatehouse's, or tRPC's own. */
export type AdapterName = keyof typeof adapters;

serveParent(async (adapter: AdapterName) => {
  const app = fastify();
  await adapters[adapter](app);
  return await serveFastify(app);
});
