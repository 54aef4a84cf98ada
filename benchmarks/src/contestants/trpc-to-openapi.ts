// trpc-to-openapi's own handler on Fastify, without another plugin, with the bridge's sixty procedures.
import { fastify } from "fastify";
import { fastifyTRPCOpenApiPlugin } from "trpc-to-openapi";
import { serveParent } from "../processes/serve-parent.ts";
import { serveFastify } from "./serve-fastify.ts";
import { thingRouter } from "./things/router.ts";

serveParent(async () => {
  const app = fastify();
  await app.register(fastifyTRPCOpenApiPlugin, { router: thingRouter, createContext: () => ({}) });
  return await serveFastify(app);
});
