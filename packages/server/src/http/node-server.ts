import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { createClientAddress } from "./client-address.ts";
import { Connections } from "./connections.ts";
import { createServer, maxHeaderSize } from "./node-http.ts";
import { endWithProblem } from "./problem.ts";
import { countRefused } from "./request-count.ts";
import { createRequestId } from "./request-info.ts";
import { securityHeaders } from "./security-headers.ts";

/** Milliseconds between two checks for requests that take too long to arrive. */
const connectionsCheckingMillis = 1000;

/** How long an idle connection stays open, in milliseconds: longer than the usual proxies keep theirs. */
const keepAliveMillis = 72_000;

/** The maximum size of a request's address and headers together, in bytes: Node's own limit. */
export const maxHeaderBytes = maxHeaderSize;

type ServerDeps = Pick<Dependencies, "config" | "clock" | "log" | "limits">;

/**
 * Returns a function that creates Node's HTTP server for a request handler; Fastify creates one server for each address that it
 * listens on. {@link Connections} bounds the connections. A request that Node itself would reject gets a problem document too.
 */
export function createNodeServers(deps: ServerDeps): (handle: RequestListener) => Server {
  const requestTimeout = deps.config.requestTimeoutSeconds * 1000;
  const connections = new Connections(deps);
  const refuse = createRefusal(deps);
  return (handle) => {
    const server = createServer(
      {
        requestTimeout,
        headersTimeout: requestTimeout,
        keepAliveTimeout: keepAliveMillis,
        connectionsCheckingInterval: connectionsCheckingMillis,
        // Node would reject the request with an empty response.
        requireHostHeader: false,
      },
      (request, response) => {
        if (!connections.admit(request, response)) return;
        if (isWithoutHost(request))
          refuse(request, response, new GatehouseError("INVALID_REQUEST", { detail: noHost }));
        else handle(request, response);
      },
    );
    server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
      if (connections.admit(request, response)) refuse(request, response, new GatehouseError("EXPECTATION_FAILED"));
    });
    connections.watch(server);
    return server;
  };
}

const noHost = "The Host header is missing.";

/** Whether the `Host` header is missing, which HTTP/1.0 does not require (RFC 9112, 3.2). */
function isWithoutHost({ headers, httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  return headers.host === undefined && (httpVersionMajor > 1 || httpVersionMinor > 0);
}

/**
 * Returns a function that rejects, counts and logs a request that never reaches Fastify. It closes the connection, since an
 * unread body may follow.
 */
function createRefusal(deps: ServerDeps) {
  const { config, log } = deps;
  const headers = securityHeaders(config);
  const idOf = createRequestId(config.trustedProxies);
  const addressOf = createClientAddress(config.trustedProxies);
  return (request: IncomingMessage, response: ServerResponse, refusal: GatehouseError): void => {
    const [requestId, clientAddress] = [idOf(request), addressOf(request)];
    const error = countRefused(deps, { clientAddress }, refusal);
    const path = request.url?.split("?", 1)[0];
    log.info({ requestId, method: request.method, path, status: error.status, ip: clientAddress }, "request");
    endWithProblem(response, error, { headers, publicUrl: config.publicUrl, requestId });
  };
}
