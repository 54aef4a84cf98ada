// A REST handler alone: on Fastify without another plugin, with sixty tRPC procedures that return their input.
import { initTRPC } from "@trpc/server";
import { type FastifyInstance, fastify } from "fastify";
import { z } from "zod";
import type { Dependencies } from "../../../packages/server/src/dependencies.ts";
import type { ProcedureMeta } from "../../../packages/server/src/rpc/meta.ts";
import { serveParent } from "../processes/serve-parent.ts";
import { serveFastify } from "./listen.ts";
import { thingKinds, thingPath, thingProcedure } from "./things.ts";

const t = initTRPC.meta<ProcedureMeta>().create();

const input = () =>
  z.object({
    id: z.string().max(40),
    limit: z.int().min(1).max(100),
    order: z.enum(["newest", "oldest"]),
  });

const output = z.object({ id: z.string(), limit: z.number(), order: z.string() });

function procedureOf(kind: number) {
  return t.procedure
    .meta({ openapi: { method: "GET", path: thingPath(kind), summary: "A thing", tags: ["Things"] } })
    .input(input())
    .output(output)
    .query((call) => call.input);
}

const kinds = Array.from({ length: thingKinds }, (_, index) => index + 1);

const router = t.router(Object.fromEntries(kinds.map((kind) => [thingProcedure(kind), procedureOf(kind)])));

/** Each process loads its own handler and not the other. */
const handlers = {
  async bridge(app: FastifyInstance) {
    const { listOperations } = await import("../../../packages/server/src/http/rest/operation.ts");
    const { addRestRoutes } = await import("../../../packages/server/src/http/rest/routes.ts");
    // The bridge hands the dependencies to the procedures, which use none.
    const deps = { config: { publicUrl: "http://127.0.0.1", maxBodyBytes: 65_536 } } as Dependencies;
    addRestRoutes(app, { deps, router, operations: listOperations(router) });
  },
  async "trpc-to-openapi"(app: FastifyInstance) {
    const { fastifyTRPCOpenApiPlugin } = await import("trpc-to-openapi");
    await app.register(fastifyTRPCOpenApiPlugin, { router, createContext: () => ({}) });
  },
};

/** The handler to mount: Gatehouse's REST bridge, or trpc-to-openapi's. */
export type RestHandlerName = keyof typeof handlers;

serveParent(async (handler: RestHandlerName) => {
  const app = fastify();
  await handlers[handler](app);
  return await serveFastify(app);
});
