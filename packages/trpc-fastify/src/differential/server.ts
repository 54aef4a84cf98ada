import type { AnyTRPCRouter } from "@trpc/server";
import { type FastifyHandlerOptions, fastifyTRPCPlugin as stockPlugin } from "@trpc/server/adapters/fastify";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { fastifyTRPCPlugin } from "../index.ts";
import { contextFactories } from "./contexts.ts";
import { errorReporters } from "./error-reporters.ts";
import { EventLog } from "./event-log.ts";
import { responseMetas } from "./response-metas.ts";
import type { Settings } from "./settings.ts";
import { makeTestRouter } from "./test-router.ts";

/** A server of one of the adapters, with a log of its own. */
export interface TestServer {
  readonly app: FastifyInstance;
  readonly log: EventLog;
}

/** Two servers that differ in their adapter alone. */
export class ServerPair implements AsyncDisposable {
  readonly ours: TestServer;
  readonly stock: TestServer;

  constructor(settings: Settings) {
    this.ours = startServer(fastifyTRPCPlugin, settings);
    this.stock = startServer(stockPlugin, settings);
  }

  async listen(): Promise<void> {
    await Promise.all([this.ours, this.stock].map(({ app }) => app.listen({ host: "127.0.0.1", port: 0 })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.ours.app.close(), this.stock.app.close()]);
  }
}

function startServer(plugin: typeof stockPlugin, settings: Settings): TestServer {
  const log = new EventLog();
  const app = Fastify({ forceCloseConnections: true });
  app.addHook("onRequest", async (_request, reply) => {
    // As a CORS plugin would.
    reply.header("vary", "origin").header("x-hook", "yes");
  });
  app.register(plugin<AnyTRPCRouter>, { prefix: "/trpc", trpcOptions: makeOptions(settings, log) });
  return { app, log };
}

type Options = FastifyHandlerOptions<AnyTRPCRouter, FastifyRequest, FastifyReply>;

function makeOptions(settings: Settings, log: EventLog): Options {
  const createContext = contextFactories[settings.context]?.(log);
  const responseMeta = responseMetas[settings.responseMeta]?.(log);
  const onError = errorReporters[settings.onError]?.(log);
  return {
    ...settings.limits,
    router: makeTestRouter(settings, log),
    ...(createContext && { createContext }),
    ...(responseMeta && { responseMeta }),
    ...(onError && { onError }),
  };
}
