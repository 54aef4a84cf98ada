// @gatehouse/trpc-fastify on Fastify, without another plugin, with a procedure that does nothing.
import { fastifyTRPCPlugin } from "@gatehouse/trpc-fastify";
import { fastify } from "fastify";
import { serveParent } from "../processes/serve-parent.ts";
import { emptyOptions } from "./empty/options.ts";
import { serveFastify } from "./serve-fastify.ts";

serveParent(async () => serveFastify(fastify().register(fastifyTRPCPlugin, emptyOptions)));
