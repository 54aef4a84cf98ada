import { maxHeaderSize } from "node:http";
import type { Socket } from "node:net";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { AnyTRPCRouter } from "@trpc/server";
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from "fastify";
import type { JsonWebKeySet } from "../auth/signing-key/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { addAccountPages } from "./account-pages/routes.ts";
import { addDocumentation } from "./documentation.ts";
import { fromFastifyError } from "./fastify-errors.ts";
import { logFailure } from "./log-failure.ts";
import { refuseOtherMethods } from "./method-not-allowed.ts";
import { createOpenApiDocument } from "./openapi.ts";
import { addOutboxPages } from "./outbox-page.ts";
import { rawProblemResponse, sendProblem } from "./problem.ts";
import { createRequestId } from "./request-info.ts";
import { acceptJsonOnly } from "./rest/json-body.ts";
import { listOperations } from "./rest/operation.ts";
import { addRestRoutes } from "./rest/routes.ts";
import { addRpcRoutes } from "./rpc-routes.ts";
import { addServiceRoutes } from "./service-routes.ts";

/** How long a request may take to arrive in full, in milliseconds; slower ones hold a connection for nothing. */
const requestTimeoutMillis = 60_000;

/** How long a browser may remember what CORS allows, in seconds. */
const corsMaxAgeSeconds = 600;

/** A path parameter, such as the procedures of a batch, may be as long as HTTP headers may, of which it is a part. */
const maxParamLength = maxHeaderSize;

interface HttpServerOptions {
  readonly deps: Dependencies;
  readonly router: AnyTRPCRouter;
  readonly jwks: JsonWebKeySet;
  readonly version: string;
  readonly isStopping: () => boolean;
}

/** The HTTP server, ready to listen: RPC, REST, documentation and service routes. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { deps, router, jwks, version, isStopping } = options;
  const { publicUrl } = deps.config;
  const operations = listOperations(router);
  const app = createFastify(deps);
  const addRefusals = refuseOtherMethods(app, publicUrl);
  logRequests(app);
  closeConnectionsWhen(app, isStopping);
  await addSecurityHeaders(app, deps);
  app.setErrorHandler(async (error, request, reply) => {
    const failure = fromFastifyError(error);
    logFailure(request.log, failure, {});
    return sendProblem(reply, failure, publicUrl);
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, new GatehouseError("NOT_FOUND"), publicUrl));
  await addRpcRoutes(app, { deps, router });
  await app.register(async (scope) => {
    acceptJsonOnly(scope);
    addRestRoutes(scope, { deps, router, operations });
  });
  addServiceRoutes(app, { db: deps.db, jwks, isStopping });
  await addAccountPages(app, deps.config);
  addOutboxPages(app, deps);
  await addDocumentation(app, createOpenApiDocument({ router, operations, publicUrl, version }));
  addRefusals();
  return app;
}

function createFastify(deps: Dependencies): FastifyInstance {
  const { config } = deps;
  const loggerInstance: FastifyBaseLogger = deps.log;
  return fastify({
    loggerInstance,
    // One line an answer is written by logRequests.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    bodyLimit: config.maxBodyBytes,
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    genReqId: createRequestId(config.trustedProxies),
    requestTimeout: requestTimeoutMillis,
    routerOptions: { maxParamLength },
    // While it stops, what still comes in is answered like any other request; readiness says no.
    return503OnClosing: false,
    // No hook runs for these.
    frameworkErrors: (error, request, reply) => {
      reply.header("x-request-id", request.id);
      sendProblem(reply, fromFastifyError(error), config.publicUrl);
    },
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, config.publicUrl),
  });
}

/** Answers what is not even HTTP; the connection's state is unknown, so it ends. */
function refuseConnection(error: Error & { code?: string }, socket: Socket, publicUrl: string): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = error.code === "HPE_HEADER_OVERFLOW" ? "HEADERS_TOO_LARGE" : "INVALID_REQUEST";
  socket.end(rawProblemResponse(new GatehouseError(code), { requestId: "", publicUrl }));
}

/** One line for each answer. Of the address only the path is kept: queries can hold what is nobody's business. */
function logRequests(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
  });
  app.addHook("onResponse", async (request, reply) => {
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
  });
}

/**
 * Lets nobody keep a connection to a server that stops: it would wait for them after their last answer. Those that are
 * idle when it begins to stop are closed by Fastify.
 */
function closeConnectionsWhen(app: FastifyInstance, isStopping: () => boolean): void {
  app.addHook("onSend", async (_request, reply) => {
    if (isStopping()) reply.header("connection", "close");
  });
}

async function addSecurityHeaders(app: FastifyInstance, { config }: Dependencies): Promise<void> {
  // Answers hold tokens and people's data; the few that may be kept say so themselves.
  app.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));
  await app.register(helmet, {
    // Answers are data: nothing in them may run, load or be framed. The documentation pages set their own.
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    // Another origin may read what CORS lets it read.
    crossOriginResourcePolicy: { policy: "cross-origin" },
    strictTransportSecurity: config.publicUrl.startsWith("https:") ? { maxAge: 31_536_000 } : false,
  });
  await app.register(cors, {
    origin: config.corsOrigins.includes("*") ? "*" : [...config.corsOrigins],
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    exposedHeaders: ["Retry-After", "WWW-Authenticate", "X-Request-Id"],
    maxAge: corsMaxAgeSeconds,
    strictPreflight: false,
  });
}
