// Gatehouse with its procedures mounted once more: on tRPC's own Fastify adapter, behind the same plugins and log.
import { createGatehouse, loadConfig } from "@gatehouse/server";
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from "@trpc/server/adapters/fastify";
import { createAppRouter } from "../../../packages/server/src/app-router.ts";
import { createContext } from "../../../packages/server/src/http/request-info.ts";
import { serveParent } from "../processes/serve-parent.ts";
import type { GatehouseEnvironment } from "./gatehouse.ts";

/** The address of the stock adapter; the load generator has it too. */
const prefix = "/stock";

serveParent(async (environment: GatehouseEnvironment) => {
  const gatehouse = await createGatehouse({ config: loadConfig(environment), routers: {} });
  const router = createAppRouter({});
  const options: FastifyTRPCPluginOptions<typeof router> = {
    trpcOptions: {
      router,
      createContext: ({ req, res }) => createContext(gatehouse.deps, { request: req, reply: res }),
    },
  };
  await gatehouse.http.register(fastifyTRPCPlugin, { ...options, prefix });
  return { ready: await gatehouse.listen(), stop: () => gatehouse.close() };
});
