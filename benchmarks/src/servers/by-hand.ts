// By hand: the floor's work in a Fastify server with the plugins, the log and the headers that Gatehouse has.
import { randomUUID } from "node:crypto";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from "fastify";
import { destination, pino } from "pino";
import { serveParent } from "../processes/serve-parent.ts";
import { type FloorSettings, openFloor } from "./floor/dependencies.ts";
import { handlers } from "./floor/handlers.ts";
import { mountOnFastify } from "./floor/mount-on-fastify.ts";
import { serveFastify } from "./listen.ts";

/** Requests of one address a minute: counted, and never reached. */
const rateLimitMax = 1_000_000_000;

serveParent(async (settings: FloorSettings) => {
  const deps = await openFloor(settings);
  const app = await createServer();
  mountOnFastify(app, { deps, handlers });
  const { ready, stop } = await serveFastify(app);
  return { ready, stop: () => stop().finally(() => deps.close()) };
});

/** A server whose answers have Gatehouse's headers, and whose log, on standard output, has its lines. */
async function createServer(): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = pino({ level: "info" }, destination(1));
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: () => randomUUID(),
  });
  logRequests(app);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: "cross-origin" },
    strictTransportSecurity: false,
  });
  await app.register(cors, {
    origin: [],
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    exposedHeaders: ["Retry-After", "WWW-Authenticate", "X-Request-Id"],
    maxAge: 600,
    strictPreflight: false,
  });
  await app.register(rateLimit, { max: rateLimitMax, timeWindow: "1 minute" });
  return app;
}

function logRequests(app: FastifyInstance): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    reply.header("cache-control", "no-store");
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    request.log.info(
      {
        method: request.method,
        path: request.url.split("?", 1)[0],
        status: reply.statusCode,
        durationMillis: Math.round(reply.elapsedTime * 10) / 10,
        ip: request.ip,
      },
      "request",
    );
    done();
  });
}
