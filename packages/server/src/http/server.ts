import type { Socket } from "node:net";
import type { AnyTRPCRouter } from "@trpc/server";
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from "fastify";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError, type GatehouseErrorCode } from "../errors.ts";
import { addAccountPages, isPageView, sendNotFoundPage } from "./account-pages/routes.ts";
import { addAuditExportRoute } from "./audit-export-route.ts";
import { addAvatarRoute } from "./avatar-route.ts";
import { addClientAddress, createClientAddress } from "./client-address.ts";
import { addDocumentation } from "./documentation.ts";
import { addErrorPages } from "./error-pages.ts";
import { addExportRoute } from "./export-route.ts";
import { fromFastifyError, logFailure } from "./failures.ts";
import { addHomePage } from "./home-page.ts";
import { refuseOtherMethods } from "./method-not-allowed.ts";
import { createNodeServers, maxHeaderBytes } from "./node-server.ts";
import { addOutboxPages } from "./outbox-page.ts";
import { type RawProblemOptions, rawProblemResponse, sendProblem } from "./problem.ts";
import { countRefused, countRequests } from "./request-count.ts";
import { createRequestId } from "./request-info.ts";
import { logRequests, RequestLog } from "./request-log.ts";
import { acceptJsonOnly } from "./rest/json-body.ts";
import { listOperations } from "./rest/operation.ts";
import { addRestRoutes } from "./rest/routes.ts";
import { addRpcRoutes } from "./rpc-routes.ts";
import { addCors, addSecurityHeaders, securityHeaders } from "./security-headers.ts";
import { addServiceRoutes } from "./service-routes.ts";
import { addSocialRoutes } from "./social/routes.ts";

interface HttpServerOptions {
  readonly deps: Dependencies;
  readonly router: AnyTRPCRouter;
  readonly version: string;
  readonly isStopping: () => boolean;
}

/** The HTTP server, ready to listen: RPC, REST, documentation and service routes. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { deps, router, version, isStopping } = options;
  const operations = listOperations(router);
  const requestLog = new RequestLog(deps);
  const app = createFastify(deps, requestLog);
  addClientAddress(app, deps.config.trustedProxies);
  const addRefusals = refuseOtherMethods(app, deps.config.publicUrl);
  logRequests(app, requestLog);
  closeConnectionsWhen(app, isStopping);
  addSecurityHeaders(app, deps.config);
  countRequests(app, deps);
  refuseSecondHost(app);
  answerTheRest(app, deps);
  await addCors(app, deps.config);
  await addRpcRoutes(app, { deps, router });
  await app.register(async (scope) => {
    acceptJsonOnly(scope);
    addRestRoutes(scope, { deps, router, operations });
    addExportRoute(scope, deps);
    addAuditExportRoute(scope, deps);
  });
  await app.register(async (scope) => addSocialRoutes(scope, deps));
  addServiceRoutes(app, { deps, isStopping });
  addAvatarRoute(app, deps);
  await addAccountPages(app, deps.config);
  addOutboxPages(app, deps);
  addHomePage(app, deps.config);
  addErrorPages(app, deps.config);
  if (deps.config.isDocumented) {
    addDocumentation(app, deps.config, async () => {
      // A start does not wait for the generator.
      const { createOpenApiDocument } = await import("./openapi.ts");
      return createOpenApiDocument({ router, operations, version, config: deps.config });
    });
  }
  addRefusals();
  return app;
}

/** Handles unknown addresses, and errors outside the RPC and REST routes. */
function answerTheRest(app: FastifyInstance, deps: Dependencies): void {
  const { publicUrl } = deps.config;
  app.setErrorHandler(async (error, request, reply) => {
    const failure = fromFastifyError(error);
    logFailure(request.log, failure, {});
    // If the body of a request to an unknown address is rejected, the handler below is not called, so the request is counted
    // here. The requests of routes are counted there.
    return sendProblem(reply, request.is404 ? countRefused(deps, request, failure) : failure, { publicUrl });
  });
  app.setNotFoundHandler((request, reply) => {
    const refusal = countRefused(deps, request, new GatehouseError("NOT_FOUND"));
    if (refusal.code === "NOT_FOUND" && isPageView(request)) return sendNotFoundPage(deps.config, request, reply);
    return sendProblem(reply, refusal, { publicUrl });
  });
}

function createFastify(deps: Dependencies, requestLog: RequestLog): FastifyInstance {
  const { config } = deps;
  const headers = securityHeaders(config);
  const addressOf = createClientAddress(config.trustedProxies);
  const loggerInstance: FastifyBaseLogger = deps.log;
  return fastify({
    loggerInstance,
    // `logRequests` writes one line for each response.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    bodyLimit: config.maxBodyBytes,
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    genReqId: createRequestId(config.trustedProxies),
    serverFactory: createNodeServers(deps),
    // A path parameter, such as the procedures of a batch, may be as long as address and headers together.
    routerOptions: { maxParamLength: maxHeaderBytes },
    // While the server stops, it handles new requests like any other; only readiness fails.
    return503OnClosing: false,
    // No hook runs for these errors.
    frameworkErrors: (error, request, reply) => {
      reply.headers(headers).header("x-request-id", request.id);
      // This request has none of the decorators, such as `clientAddress`.
      const clientAddress = addressOf(request.raw);
      sendProblem(reply, countRefused(deps, { clientAddress }, fromFastifyError(error)), {
        publicUrl: config.publicUrl,
      });
      requestLog.sent(request, reply, clientAddress);
    },
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, { headers, publicUrl: config.publicUrl }),
  });
}

const codesOfConnections: Readonly<Record<string, GatehouseErrorCode>> = {
  HPE_HEADER_OVERFLOW: "HEADERS_TOO_LARGE",
  ERR_HTTP_REQUEST_TIMEOUT: "REQUEST_TIMEOUT",
};

/** Rejects data that is not a complete HTTP request, and closes the connection, whose state is unknown. */
function refuseConnection(error: Error & { code?: string }, socket: Socket, options: RawProblemOptions): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = codesOfConnections[error.code ?? ""] ?? "INVALID_REQUEST";
  socket.end(rawProblemResponse(new GatehouseError(code), options));
}

/**
 * Closes the connections of a stopping server after their responses; otherwise the server would wait for idle connections.
 * Fastify closes those that are idle when the stop begins.
 */
function closeConnectionsWhen(app: FastifyInstance, isStopping: () => boolean): void {
  // biome-ignore lint/complexity/useMaxParams: the signature is Fastify's
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (isStopping()) reply.header("connection", "close");
    done(null, payload);
  });
  // A stream that the stop ended has sent its headers without this one.
  app.addHook("onResponse", (request, _reply, done) => {
    if (isStopping()) request.raw.socket.end();
    done();
  });
}

/**
 * Rejects requests with several `Host` headers (RFC 9112, 3.2): Node keeps the first, and a proxy may have used another. Throws
 * `INVALID_REQUEST`.
 */
function refuseSecondHost(app: FastifyInstance): void {
  app.addHook("onRequest", ({ raw: { rawHeaders } }, _reply, done) => {
    if (countHosts(rawHeaders) > 1) {
      throw new GatehouseError("INVALID_REQUEST", { detail: "The request has more than one Host header." });
    }
    done();
  });
}

/** Names and values alternate in `rawHeaders`. */
function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts;
}
