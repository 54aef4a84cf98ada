// Gatehouse's REST bridge on Fastify, without another plugin, with sixty procedures.
import { fastify } from "fastify";
import type { Dependencies } from "../../../packages/server/src/dependencies.ts";
import { listOperations } from "../../../packages/server/src/http/rest/operation.ts";
import { addRestRoutes } from "../../../packages/server/src/http/rest/routes.ts";
import { serveParent } from "../processes/serve-parent.ts";
import { serveFastify } from "./serve-fastify.ts";
import { thingRouter } from "./things/router.ts";

serveParent(async () => {
  const app = fastify();
  // The bridge hands them to the procedures, which use none.
  const deps = { config: { publicUrl: "http://127.0.0.1" } } as Dependencies;
  addRestRoutes(app, { deps, router: thingRouter, operations: listOperations(thingRouter) });
  return await serveFastify(app);
});
